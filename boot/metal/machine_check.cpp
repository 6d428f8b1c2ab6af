#include "boot/metal/machine_check.h"

#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/exit.h"
#include "boot/metal/fault.h"
#include "boot/metal/text.h"

namespace perdure::metal {
namespace {

bool has_feature(unsigned bit) { return cpuid(1).edx >> bit & 1; }

// The first bank of registers with something in it.
void describe_bank(Line& line) {
  constexpr unsigned kArchitecture = 14;
  constexpr std::uint32_t kCapabilities = 0x179, kFirstStatus = 0x401, kPerBank = 4;
  constexpr std::uint64_t kValid = std::uint64_t{1} << 63, kAddressValid = std::uint64_t{1} << 58;
  if (!has_feature(kArchitecture)) return;
  const auto banks = static_cast<unsigned>(read_msr(kCapabilities) & 0xff);
  for (unsigned bank = 0; bank < banks; ++bank) {
    const std::uint64_t status = read_msr(kFirstStatus + bank * kPerBank);
    if (!(status & kValid)) continue;
    line << ": bank " << bank << ", status " << Hex{status};
    if (status & kAddressValid) line << ", address " << Hex{read_msr(kFirstStatus + 1 + bank * kPerBank)};
    return;
  }
}

}  // namespace

void hear_of_machine_checks() {
  constexpr unsigned kException = 7;
  constexpr std::uint64_t kEnable = 1 << 6;
  if (has_feature(kException)) write_cr4(read_cr4() | kEnable);
}

void stop_for_machine_check() {
  Line line;
  line << "perdure: the machine reports an error of its hardware";
  describe_bank(line);
  error_line(line.view());
  shut_down(kExitSoftware);
}

}  // namespace perdure::metal
