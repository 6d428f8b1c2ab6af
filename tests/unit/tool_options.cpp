#include <catch2/catch.hpp>

#include "images/options.h"

using namespace perdure::images;
using Strings = std::vector<std::string>;

namespace {

Options good(const Strings& arguments) {
  const Parsed parsed = parse_options(arguments);
  if (const auto* error = std::get_if<UsageError>(&parsed)) FAIL(error->message);
  return std::get<Options>(parsed);
}

std::string bad(const Strings& arguments) {
  const Parsed parsed = parse_options(arguments);
  REQUIRE(std::holds_alternative<UsageError>(parsed));
  return std::get<UsageError>(parsed).message;
}

}  // namespace

TEST_CASE("tool: without a command there is help") {
  CHECK(good({}).command == Command::kHelp);
  for (const char* word : {"help", "--help", "-h"}) CHECK(good({word}).command == Command::kHelp);
  CHECK(good({"run", "a.world", "--help"}).command == Command::kHelp);
  CHECK(good({"--version"}).command == Command::kVersion);
}

TEST_CASE("tool: what the world is to do keeps its order") {
  const Options options = good({"run", "--load", "a.scm", "x.world", "--print", "(+ 1 2)", "--eval=(f)", "--load", "b.scm",
                                "--save", "o.world", "--repl", "--memory", "64M", "--verbose"});
  CHECK(options.command == Command::kRun);
  CHECK(options.world == "x.world");
  CHECK(options.arguments == Strings{"--load", "a.scm", "--print", "(+ 1 2)", "--eval", "(f)", "--load", "b.scm", "--save",
                                     "o.world", "--repl"});
  CHECK(options.loads == Strings{"a.scm", "b.scm"});
  CHECK(options.save == "o.world");
  CHECK(options.memory == 64 << 20);
  CHECK(options.verbose);
}

TEST_CASE("tool: what follows -- is the program's") {
  const Options options = good({"boot", "--", "--load", "x", "-h", "--"});
  CHECK(options.command == Command::kBoot);
  CHECK(options.world.empty());
  CHECK(options.loads.empty());
  CHECK(options.arguments == Strings{"--", "--load", "x", "-h", "--"});
}

TEST_CASE("tool: an operand may look like an option") {
  CHECK(good({"run", "--eval", "--load"}).arguments == Strings{"--eval", "--load"});
  CHECK(good({"run", "--print=a=b"}).arguments == Strings{"--print", "a=b"});
  CHECK(good({"run", "-"}).world == "-");
}

TEST_CASE("tool: how to boot") {
  CHECK(good({"boot"}).firmware == Firmware::kNone);
  CHECK(good({"boot", "--grub"}).firmware == Firmware::kGrub);
  CHECK(good({"boot", "--uefi", "--kvm"}).firmware == Firmware::kUefi);
  CHECK(good({"boot", "--kvm"}).kvm);
  CHECK(good({"boot", "--share", "d"}).share == "d");
}

TEST_CASE("tool: a usage error names what was wrong") {
  CHECK(bad({"bot"}).find("\"bot\"") != std::string::npos);
  CHECK(bad({"run", "--lod", "x"}).find("\"--lod\"") != std::string::npos);
  CHECK(bad({"run", "-x"}).find("\"-x\"") != std::string::npos);
  CHECK(bad({"run", "--load"}).find("--load wants FILE") != std::string::npos);
  CHECK(bad({"run", "--load="}).find("--load wants FILE") != std::string::npos);
  CHECK(bad({"run", "--repl=yes"}).find("--repl") != std::string::npos);
  CHECK(bad({"run", "--grub"}).find("--grub is not an option of run") != std::string::npos);
  CHECK(bad({"boot", "--grub", "--uefi"}).find("exclude") != std::string::npos);
  CHECK(bad({"run", "a", "b"}).find("\"b\"") != std::string::npos);
  CHECK(bad({"run", ""}).find("empty") != std::string::npos);
  CHECK(bad({"run", "--save", "a", "--save", "b"}).find("twice") != std::string::npos);
  CHECK(bad({"run", "--memory", "lots"}).find("\"lots\"") != std::string::npos);
  CHECK(bad({"verify"}).find("verify") != std::string::npos);
  CHECK(bad({"verify", "a", "b"}).find("verify") != std::string::npos);
  CHECK(bad({"log"}).find("log wants") != std::string::npos);
  CHECK(bad({"log", "a", "b"}).find("log wants") != std::string::npos);
  CHECK(bad({"log", ""}).find("empty") != std::string::npos);
  CHECK(bad({"log", "a", "--eval"}).find("--eval is not an option of log") != std::string::npos);
  CHECK(bad({"inspect", "a", "--pages"}).find("\"--pages\"") != std::string::npos);
  CHECK(bad({"diff", "a"}).find("two worlds") != std::string::npos);
  CHECK(bad({"diff", "a", "b", "--pages=1"}).find("--pages takes no") != std::string::npos);
  CHECK(bad({"rollback"}).find("a.world@3") != std::string::npos);
  CHECK(bad({"keep", "--no"}).find("a.world@3") != std::string::npos);
  CHECK(bad({"new"}).find("new wants") != std::string::npos);
  CHECK(bad({"new", "a", "--from"}).find("--from wants WORLD") != std::string::npos);
  CHECK(bad({"new", "a", "--from="}).find("--from wants WORLD") != std::string::npos);
  CHECK(bad({"make-base", "a"}).find("make-base") != std::string::npos);
}

TEST_CASE("tool: commands about files") {
  CHECK(good({"log", "a.world"}).command == Command::kLog);
  CHECK(good({"inspect", "a.world@2"}).world == "a.world@2");
  CHECK(good({"verify", "-"}).world == "-");
  const Options diff = good({"diff", "a", "--pages", "b"});
  CHECK((diff.command == Command::kDiff && diff.world == "a" && diff.other_world == "b" && diff.flag));
  CHECK_FALSE(good({"keep", "a@1"}).flag);
  CHECK(good({"keep", "--no", "a@1"}).flag);
  const Options made = good({"new", "mine.world", "--from", "a@4"});
  CHECK((made.command == Command::kNew && made.save == "mine.world" && made.world == "a@4"));
  CHECK(good({"new", "mine.world"}).world.empty());
  CHECK(good({"log", "a", "-h"}).command == Command::kHelp);
  CHECK(good({"run", "a.world", "--ephemeral"}).ephemeral);
}

TEST_CASE("tool: a generation stands behind an @") {
  const std::tuple<const char*, const char*, std::uint64_t> names[] = {
      {"a.world@3", "a.world", 3}, {"a@b@17", "a@b", 17}, {"a.world", "a.world", 0}, {"a@", "a@", 0}, {"@3", "@3", 0},
      {"a@0", "a@0", 0},           {"a@-1", "a@-1", 0},   {"a@3x", "a@3x", 0},       {"", "", 0},
      {"a@999999999999999999", "a", 999999999999999999}, {"a@9999999999999999999", "a@9999999999999999999", 0}};
  for (const auto& [text, path, generation] : names) {
    const WorldName name = split_world_name(text);
    CHECK(name.path == path);
    CHECK(name.generation == generation);
  }
}

TEST_CASE("tool: make-base loads its files and saves") {
  const Options options = good({"make-base", "world.elf", "base.world", "a.scm", "b.scm"});
  CHECK(options.command == Command::kMakeBase);
  CHECK(options.world == "world.elf");
  CHECK(options.arguments == Strings{"--load", "a.scm", "--load", "b.scm", "--save", "base.world"});
}

TEST_CASE("tool: sizes") {
  std::uint64_t bytes = 0;
  const std::pair<const char*, std::uint64_t> sizes[] = {
      {"1", 1}, {"4096", 4096}, {"3K", 3 << 10}, {"3k", 3 << 10}, {"512M", 512ULL << 20}, {"2G", 2ULL << 30}, {"1T", 1ULL << 40}};
  for (const auto& [text, size] : sizes) {
    REQUIRE(parse_size(text, &bytes));
    CHECK(bytes == size);
  }
  for (const char* text : {"", "K", "0", "0M", "-1", "1.5G", "1 G", "G1", "12X", "99999999999999999999", "99999999999T", "18446744073709551616"})
    CHECK_FALSE(parse_size(text, &bytes));
}

TEST_CASE("tool: strings for the world end in zero bytes") {
  CHECK(zero_terminated({}).empty());
  CHECK(zero_terminated({"a", "", "bc"}) == std::string("a\0\0bc\0", 6));
}
