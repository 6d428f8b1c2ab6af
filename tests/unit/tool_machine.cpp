#include <catch2/catch.hpp>

#include <algorithm>

#include "images/escape.h"
#include "images/frames.h"
#include "images/machine.h"

using namespace perdure::images;

namespace {

// Whether the option is given with exactly this value.
bool has(const std::vector<std::string>& arguments, const std::string& option, const std::string& value) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
    if (arguments[i] == option && arguments[i + 1] == value) return true;
  return false;
}

Machine example() {
  Machine machine;
  machine.qemu = "/usr/bin/qemu";
  machine.memory = 64 << 20;
  machine.kernel = "kernel.elf";
  machine.world = "/w/a \"b\",c.world";
  machine.shares = {{"share", "/a,b", false}};
  machine.config = {{"opt/perdure/arguments", "/dev/fd/3"}};
  return machine;
}

}  // namespace

TEST_CASE("tool: names with commas and quotes reach QEMU unharmed") {
  const auto arguments = qemu_arguments(example());
  CHECK(arguments[0] == "/usr/bin/qemu");
  CHECK(has(arguments, "-blockdev",
            R"({"driver":"raw","node-name":"world","read-only":true,"file":{"driver":"file","filename":"/w/a \"b\",c.world"}})"));
  CHECK(has(arguments, "-fsdev", "local,id=share,security_model=none,path=/a,,b,readonly=on"));
  CHECK(has(arguments, "-fw_cfg", "name=opt/perdure/arguments,file=/dev/fd/3"));
}

TEST_CASE("tool: a world that is kept is written to, be it a file or a device") {
  Machine machine = example();
  machine.world = "/dev/vdb";
  machine.world_writable = machine.world_is_device = true;
  CHECK(has(qemu_arguments(machine), "-blockdev",
            R"({"driver":"raw","node-name":"world","read-only":false,"file":{"driver":"host_device","filename":"/dev/vdb"}})"));
}

TEST_CASE("tool: emulation unless KVM is asked for; nothing on QEMU's own terminal") {
  Machine machine = example();
  CHECK(has(qemu_arguments(machine), "-accel", "tcg"));
  machine.kvm = true;
  CHECK(has(qemu_arguments(machine), "-accel", "kvm"));
  CHECK(has(qemu_arguments(machine), "-display", "none"));
}

TEST_CASE("tool: each way of booting has its board") {
  Machine machine = example();
  CHECK(has(qemu_arguments(machine), "-kernel", "kernel.elf"));
  machine.firmware = Firmware::kGrub;
  CHECK(has(qemu_arguments(machine), "-M", "q35"));
  machine.firmware = Firmware::kUefi;
  machine.uefi = "OVMF.fd";
  CHECK(has(qemu_arguments(machine), "-bios", "OVMF.fd"));
}

TEST_CASE("tool: many handed files get the places they need") {
  Machine machine = example();
  for (int i = 0; i < 40; ++i) machine.config.emplace_back("opt/perdure/file/" + std::to_string(i), "x");
  CHECK(has(qemu_arguments(machine), "-global", "fw_cfg_io.x-file-slots=73"));
}

TEST_CASE("tool: frames come together from any portions") {
  const std::string bytes = encode_frame('e', "hello") + encode_frame('l', "") + encode_frame('x', std::string("\x07\0\0\0", 4));
  for (std::size_t portion = 1; portion <= bytes.size(); ++portion) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < bytes.size(); at += portion)
      for (Frame& frame : reader.take(std::string_view(bytes).substr(at, portion))) frames.push_back(frame);
    REQUIRE(frames.size() == 3);
    CHECK((frames[0].type == 'e' && frames[0].payload == "hello"));
    CHECK((frames[1].type == 'l' && frames[1].payload.empty()));
    std::uint32_t status = 0;
    REQUIRE(exit_status_of(frames[2], &status));
    CHECK(status == 7);
  }
}

TEST_CASE("tool: frames to the machine, byte for byte") {
  CHECK(encode_frame('I', {}) == std::string("I\0\0", 3));
  CHECK(end_of_input_frame(0x0102) == std::string("E\x08\0\x02\x01\0\0\0\0\0\0", 11));
  CHECK(window_frame(80, 24) == std::string("W\x04\0P\0\x18\0", 7));
  CHECK(encode_frame('e', std::string(300, 'x')).substr(0, 3) == std::string("e\x2c\x01", 3));
  std::uint32_t status = 0;
  CHECK_FALSE(exit_status_of({'x', "abc"}, &status));
  CHECK_FALSE(exit_status_of({'y', "abcd"}, &status));
}

TEST_CASE("tool: Ctrl-] q switches off, all else goes through") {
  EscapeFilter filter;
  CHECK(filter.take("abq") == "abq");
  CHECK(filter.take("\x1d").empty());
  CHECK(filter.take("\x1d") == "\x1d");
  CHECK(filter.take("a\x1dx") == "a\x1dx");
  CHECK_FALSE(filter.switch_off());
  filter.take("\x1dq");
  CHECK(filter.switch_off());
}
