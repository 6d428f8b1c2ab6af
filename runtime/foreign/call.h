// Calls of foreign code by procedures that are closures of the stub `foreign` (compiler/stubs.cpp).
//
// A call that is over answers its value. One that calls back answers a pair: (call number procedure argument ...); the stub gives it to
// the world's `foreign` hook, which calls the procedure and goes on with %foreign-return (world/foreign/library.scm).
#pragma once

#include "runtime/foreign/types.h"

namespace perdure::runtime {

// What such a closure captured.
enum ForeignSlot { kForeignSignature, kForeignAddress, kForeignName, kForeignLibrary, kForeignSlots };

// The stub's.
Value foreign_call(Value procedure, const Value* arguments, std::uint64_t count);

Value make_foreign_procedure(Value signature, std::uint64_t address, Value name, Value library);
bool is_foreign_procedure(Value v);
// The same call goes on: the callback with that number has answered `value`.
Value return_to_foreign(Value call, Value number, Value value);

// Reading and writing memory by addresses that may be wrong: false, with the fault's condition pending.
[[nodiscard]] bool copy_guarded(std::string_view who, void* to, const void* from, std::uint64_t count);
[[nodiscard]] bool length_guarded(std::string_view who, const char* text, std::uint64_t* length);

// --- faults ----------------------------------------------------------------------------------------------------------
// For the host (abi/world.h): where to go on after a fault, or 0 when it is not foreign code's.
std::uint64_t foreign_fault_recovery(std::uint64_t ip, std::uint64_t address, std::uint64_t vector);

}  // namespace perdure::runtime
