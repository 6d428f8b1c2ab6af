// A world that is no Lisp: it uses each function of the platform table and says what came of it, one line a finding.
// The machine tests boot it; it also serves to bring up the kernel on a new machine.
//
// Its arguments are commands, run in order: perdure boot selftest.world -- paging timer Every line of a passing check begins with "ok", of a failing one with
// "FAILED"; a command that must not return is last.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/abi/world.h"

namespace perdure::selftest {

extern const abi::Platform* platform;

void say(std::string_view text);
void say_number(std::string_view text, std::uint64_t number);
// "ok NAME" or "FAILED NAME"; remembers failures for the exit status.
void check(bool passed, std::string_view name);
extern std::uint64_t failures;

// faults.cpp. True: the command was one of these.
bool run_fault(std::string_view command);
std::uint64_t describe_address(std::uint64_t address, char* buffer, std::uint64_t capacity);
std::uint64_t fault_recovery(std::uint64_t ip, std::uint64_t address, std::uint64_t vector);

// checks.cpp
bool run_check(std::string_view command);

// files.cpp. `argument` is the command's second word.
bool run_file_command(std::string_view command, std::string_view argument);

// checkpoints.cpp. The same.
bool run_checkpoint_command(std::string_view command, std::string_view argument);

// random_pages.cpp
void run_random_pages(std::uint64_t seed);

}  // namespace perdure::selftest
