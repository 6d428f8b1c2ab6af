// Machine checks: the processor says that the hardware has failed, and something is destroyed that nobody knows. Nothing goes on then,
// and nothing is written any more: the last generation of the world is what remains. One line says what the processor reports.
// Source: Intel SDM volume 3, chapter 15.
#pragma once

#include <cstdint>

namespace perdure::metal {

inline constexpr std::uint64_t kMachineCheck = 18;

// Without it the processor ends the machine without a word.
void hear_of_machine_checks();

[[noreturn]] void stop_for_machine_check();

}  // namespace perdure::metal
