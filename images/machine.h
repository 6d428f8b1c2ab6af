// The machine that QEMU is asked to be, as its command line. Pure: no file is opened here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "images/options.h"

namespace perdure::images {

struct Machine {
  std::string qemu;                 // the program
  Firmware firmware = Firmware::kNone;
  bool kvm = false;
  std::uint64_t memory = 0;         // bytes
  std::string kernel;               // kernel.elf, or for firmware the disc image
  std::string uefi;                 // firmware image for kUefi
  std::string world;
  bool world_is_device = false;     // a block device, not a file
  bool world_writable = false;
  int console_fd = -1;              // COM1, a connected socket
  int control_fd = -1;              // COM2
  std::vector<std::pair<std::string, std::string>> config;    // fw_cfg: name, file with the content
  struct Share {
    std::string tag;
    std::string directory;
    bool writable;
  };
  std::vector<Share> shares;        // 9p
};

std::vector<std::string> qemu_arguments(const Machine& machine);

}  // namespace perdure::images
