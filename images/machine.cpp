#include "images/machine.h"

#include <cstdio>

namespace perdure::images {
namespace {

// In QEMU's key=value lists a comma is written twice.
std::string escape_commas(const std::string& text) {
  std::string escaped;
  for (char c : text) escaped.append(c == ',' ? 2 : 1, c);
  return escaped;
}

std::string json_string(const std::string& text) {
  std::string json = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json.append(1, '\\').push_back(c);
    } else if (byte < 32) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", byte);
      json += code;
    } else {
      json.push_back(c);
    }
  }
  return json + "\"";
}

using Arguments = std::vector<std::string>;

void add(Arguments& to, std::initializer_list<std::string> arguments) { to.insert(to.end(), arguments); }

// microvm is the smallest machine QEMU knows and starts the kernel itself; firmware wants a PC.
void add_board(Arguments& to, const Machine& machine) {
  add(to, {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max", "-smp", "1"});
  add(to, {"-accel", machine.kvm ? "kvm" : "tcg"});
  add(to, {"-m", std::to_string(machine.memory >> 20) + "M"});
  add(to, {"-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"});
  if (machine.firmware == Firmware::kNone) {
    add(to, {"-M", "microvm,acpi=off,x-option-roms=off,rtc=on,isa-serial=off", "-global", "virtio-mmio.force-legacy=false"});
    add(to, {"-kernel", machine.kernel});
    return;
  }
  add(to, {"-M", "q35", "-boot", "d"});
  add(to, {"-drive", "if=ide,index=0,media=cdrom,readonly=on,format=raw,file=" + escape_commas(machine.kernel)});
  if (machine.firmware == Firmware::kUefi) add(to, {"-bios", machine.uefi});
}

void add_serial(Arguments& to, const Machine& machine) {
  add(to, {"-chardev", "socket,id=console,fd=" + std::to_string(machine.console_fd)});
  add(to, {"-chardev", "socket,id=control,fd=" + std::to_string(machine.control_fd)});
  add(to, {"-device", "isa-serial,chardev=console,iobase=0x3f8,irq=4"});
  add(to, {"-device", "isa-serial,chardev=control,iobase=0x2f8,irq=3"});
}

std::string virtio(const Machine& machine, const char* kind) {
  return machine.firmware == Firmware::kNone ? std::string(kind) + "-device" : std::string(kind) + "-pci,disable-legacy=on";
}

void add_disk(Arguments& to, const Machine& machine) {
  const std::string access = std::string("\"read-only\":") + (machine.world_writable ? "false" : "true");
  const std::string driver = machine.world_is_device ? "host_device" : "file";
  add(to, {"-blockdev", "{\"driver\":\"raw\",\"node-name\":\"world\"," + access + ",\"file\":{\"driver\":\"" + driver +
                            "\",\"filename\":" + json_string(machine.world) + "}}"});
  // The kernel knows what to do about errors; QEMU by itself would halt the machine when the host's disk is full.
  add(to, {"-device", virtio(machine, "virtio-blk") + ",drive=world,werror=report,rerror=report"});
}

void add_shares(Arguments& to, const Machine& machine) {
  for (const Machine::Share& share : machine.shares) {
    add(to, {"-fsdev", "local,id=" + share.tag + ",security_model=none,path=" + escape_commas(share.directory) +
                           (share.writable ? "" : ",readonly=on")});
    add(to, {"-device", virtio(machine, "virtio-9p") + ",fsdev=" + share.tag + ",mount_tag=" + share.tag});
  }
}

void add_config(Arguments& to, const Machine& machine) {
  // QEMU keeps 32 places for such files and fills some of them itself.
  if (machine.config.size() > 8) add(to, {"-global", "fw_cfg_io.x-file-slots=" + std::to_string(machine.config.size() + 32)});
  for (const auto& [name, file] : machine.config) add(to, {"-fw_cfg", "name=" + name + ",file=" + escape_commas(file)});
}

}  // namespace

std::vector<std::string> qemu_arguments(const Machine& machine) {
  Arguments arguments = {machine.qemu};
  add_board(arguments, machine);
  add_serial(arguments, machine);
  add_disk(arguments, machine);
  add(arguments, {"-device", virtio(machine, "virtio-rng")});
  add_shares(arguments, machine);
  add_config(arguments, machine);
  return arguments;
}

}  // namespace perdure::images
