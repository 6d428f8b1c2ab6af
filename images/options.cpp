#include "images/options.h"

#include <optional>

namespace perdure::images {
namespace {

// Which commands an option belongs to.
enum Where : unsigned { kInRun = 1, kInBoot = 2, kInBoth = 3 };

// What is done with an option: keep it for the world (with its operand), or set a field.
struct Option {
  const char* name;
  unsigned where;
  bool has_operand;
  bool for_world;
  const char* operand_name;
};

constexpr Option kOptions[] = {
    {"--load", kInBoth, true, true, "FILE"},     {"--eval", kInBoth, true, true, "EXPR"},
    {"--print", kInBoth, true, true, "EXPR"},    {"--save", kInBoth, true, true, "OUT"},
    {"--libraries", kInBoth, true, true, "DIR"}, {"-I", kInBoth, true, true, "DIR"},
    {"--without", kInBoth, true, true, "NAMES"}, {"--passes", kInBoth, true, true, "EXPR"},
    {"--repl", kInBoth, false, true, ""},        {"--memory", kInBoth, true, false, "SIZE"},
    {"--share", kInBoth, true, false, "DIR"},    {"--verbose", kInBoth, false, false, ""},
    {"--ephemeral", kInBoth, false, false, ""},  {"--grub", kInBoot, false, false, ""},
    {"--uefi", kInBoot, false, false, ""},       {"--kvm", kInBoot, false, false, ""},
};

// The commands about files: how many worlds they want, and the one option that some have.
struct FileCommand {
  const char* name;
  Command command;
  std::size_t worlds;
  const char* wants;
  const char* option;
};

constexpr FileCommand kFileCommands[] = {
    {"new", Command::kNew, 1, "the name of the world to make", "--from"},
    {"log", Command::kLog, 1, "the name of one world", nullptr},
    {"diff", Command::kDiff, 2, "two worlds, such as a.world@3 a.world@5", "--pages"},
    {"inspect", Command::kInspect, 1, "the name of one world", nullptr},
    {"verify", Command::kVerify, 1, "the name of one world", nullptr},
    {"rollback", Command::kRollback, 1, "a world and one of its generations, such as a.world@3", nullptr},
    {"keep", Command::kKeep, 1, "a world and one of its generations, such as a.world@3", "--no"},
};

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions)
    if (name == option.name) return &option;
  return nullptr;
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Parsed parse() {
    command();
    if (error_) return UsageError{*error_};
    return options_;
  }

 private:
  void fail(std::string message) {
    if (!error_) error_ = std::move(message);
  }

  void command();
  void run_or_boot(const char* name, unsigned where);
  void option(const std::string& argument, const char* command, unsigned where);
  void apply(const Option& option, const std::string& operand);
  void set_firmware(Firmware firmware);
  void about_files(const FileCommand& command);
  void file_option(const std::string& argument, const FileCommand& command);
  void make_base();

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  Options options_;
  std::optional<std::string> error_;
};

void Parser::command() {
  if (arguments_.empty()) return;
  const std::string& name = arguments_[next_++];
  if (name == "help" || name == "--help" || name == "-h") return;
  if (name == "version" || name == "--version") {
    options_.command = Command::kVersion;
  } else if (name == "run") {
    options_.command = Command::kRun;
    run_or_boot("run", kInRun);
  } else if (name == "boot") {
    options_.command = Command::kBoot;
    run_or_boot("boot", kInBoot);
  } else if (name == "make-base") {
    options_.command = Command::kMakeBase;
    make_base();
  } else {
    for (const FileCommand& command : kFileCommands)
      if (name == command.name) return about_files(command);
    fail("there is no command \"" + name + "\" (perdure help lists them)");
  }
}

void Parser::run_or_boot(const char* name, unsigned where) {
  while (next_ < arguments_.size() && !error_) {
    const std::string& argument = arguments_[next_++];
    if (argument == "--") {
      options_.arguments.push_back(argument);
      options_.arguments.insert(options_.arguments.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(next_), arguments_.end());
      return;
    }
    if (argument == "--help" || argument == "-h") {
      options_ = Options{};
      return;
    }
    if (argument.size() > 1 && argument[0] == '-') {
      option(argument, name, where);
    } else if (argument.empty()) {
      fail("the name of the world is empty");
    } else if (!options_.world.empty()) {
      fail("one world at a time: \"" + options_.world + "\" and \"" + argument + "\" (put -- before a program's own arguments)");
    } else {
      options_.world = argument;
    }
  }
}

// "--name operand" or "--name=operand".
void Parser::option(const std::string& argument, const char* command, unsigned where) {
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  const Option* option = find_option(name);
  if (option == nullptr) return fail("there is no option \"" + name + "\" (perdure help lists them)");
  if ((option->where & where) == 0) return fail(name + " is not an option of " + command);
  std::string operand;
  if (option->has_operand) {
    if (equals != std::string::npos) {
      operand = argument.substr(equals + 1);
    } else if (next_ < arguments_.size()) {
      operand = arguments_[next_++];
    } else {
      return fail(name + " wants " + option->operand_name + " after it");
    }
    if (operand.empty()) return fail(name + " wants " + option->operand_name + " after it, not nothing");
  } else if (equals != std::string::npos) {
    return fail(name + " takes no \"=\"");
  }
  apply(*option, operand);
}

void Parser::apply(const Option& option, const std::string& operand) {
  const std::string_view name = option.name;
  if (option.for_world) {
    const bool is_folder = name == "--libraries" || name == "-I";
    if (is_folder) options_.libraries.push_back(options_.arguments.size() + 1);
    options_.arguments.push_back(is_folder ? "--libraries" : option.name);
    if (option.has_operand) options_.arguments.push_back(operand);
    if (name == "--load") options_.loads.push_back(operand);
    if (name == "--save") {
      if (!options_.save.empty()) fail("--save is given twice: \"" + options_.save + "\" and \"" + operand + "\"");
      options_.save = operand;
    }
  } else if (name == "--memory") {
    if (!parse_size(operand, &options_.memory)) fail("--memory wants a size as 512M or 2G, not \"" + operand + "\"");
  } else if (name == "--share") {
    options_.share = operand;
  } else if (name == "--verbose") {
    options_.verbose = true;
  } else if (name == "--ephemeral") {
    options_.ephemeral = true;
  } else if (name == "--kvm") {
    options_.kvm = true;
  } else {
    set_firmware(name == "--grub" ? Firmware::kGrub : Firmware::kUefi);
  }
}

void Parser::set_firmware(Firmware firmware) {
  if (options_.firmware != Firmware::kNone && options_.firmware != firmware) fail("--grub and --uefi exclude each other");
  options_.firmware = firmware;
}

void Parser::about_files(const FileCommand& command) {
  options_.command = command.command;
  std::vector<std::string> worlds;
  while (next_ < arguments_.size() && !error_) {
    const std::string& argument = arguments_[next_++];
    if (argument == "--help" || argument == "-h") {
      options_ = Options{};
      return;
    }
    if (argument.size() > 1 && argument[0] == '-') file_option(argument, command);
    else if (argument.empty()) fail("the name of the world is empty");
    else worlds.push_back(argument);
  }
  if (error_) return;
  if (worlds.size() != command.worlds) return fail(std::string(command.name) + " wants " + command.wants);
  (command.command == Command::kNew ? options_.save : options_.world) = worlds[0];
  if (worlds.size() > 1) options_.other_world = worlds[1];
}

void Parser::file_option(const std::string& argument, const FileCommand& command) {
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  if (command.option == nullptr || name != command.option)
    return fail(find_option(name) == nullptr ? "there is no option \"" + name + "\" (perdure help lists them)"
                                             : name + " is not an option of " + command.name);
  if (command.command != Command::kNew) {
    if (equals != std::string::npos) return fail(name + " takes no \"=\"");
    options_.flag = true;
    return;
  }
  options_.world = equals != std::string::npos ? argument.substr(equals + 1) : next_ < arguments_.size() ? arguments_[next_++] : "";
  if (options_.world.empty()) fail("--from wants WORLD after it");
}

// make-base ELF OUT FILE...: what the build calls.
void Parser::make_base() {
  if (arguments_.size() < 3) return fail("make-base wants the linked runtime, the world to write, and files to load");
  options_.world = arguments_[1];
  options_.save = arguments_[2];
  for (std::size_t i = 3; i < arguments_.size(); ++i) {
    options_.loads.push_back(arguments_[i]);
    options_.arguments.insert(options_.arguments.end(), {"--load", arguments_[i]});
  }
  options_.arguments.insert(options_.arguments.end(), {"--save", options_.save});
}

}  // namespace

Parsed parse_options(const std::vector<std::string>& arguments) { return Parser(arguments).parse(); }

WorldName split_world_name(const std::string& text) {
  const std::size_t at = text.rfind('@');
  const std::string_view digits = at == std::string::npos ? std::string_view{} : std::string_view(text).substr(at + 1);
  std::uint64_t number = 0;
  if (at == 0 || digits.empty() || digits.size() > 18) return {text, 0};
  for (char c : digits) {
    if (c < '0' || c > '9') return {text, 0};
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number == 0 ? WorldName{text, 0} : WorldName{text.substr(0, at), number};
}

bool parse_size(std::string_view text, std::uint64_t* bytes) {
  unsigned shift = 0;
  if (!text.empty()) {
    switch (text.back()) {
      case 'K': case 'k': shift = 10; break;
      case 'M': case 'm': shift = 20; break;
      case 'G': case 'g': shift = 30; break;
      case 'T': case 't': shift = 40; break;
      default: break;
    }
  }
  if (shift != 0) text.remove_suffix(1);
  std::uint64_t number = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || number > (~std::uint64_t{0} >> shift) / 10 - 1) return false;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  *bytes = number << shift;
  return !text.empty() && number != 0;
}

std::string zero_terminated(const std::vector<std::string>& strings) {
  std::string all;
  for (const std::string& string : strings) all.append(string).push_back('\0');
  return all;
}

}  // namespace perdure::images
