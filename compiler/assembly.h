// AsmJit set up for Perdure: code is assembled for the address it will have, so that calls of the runtime and reaches
// into near data are plain rel32.
#pragma once

#include <span>

#include <asmjit/core.h>
#include <asmjit/x86.h>

#include "runtime/frame.h"
#include "runtime/machine.h"
#include "runtime/support/escape.h"

namespace perdure::compiler {

namespace x86 = asmjit::x86;
using asmjit::Label;
using x86::Gp;
using x86::Xmm;

// r14 = &machine (runtime/machine.h, M1).
inline const Gp& kMachineRegister = x86::r14;

inline x86::Mem machine_field(std::size_t offset) { return x86::qword_ptr(x86::r14, static_cast<int>(offset)); }
#define PERDURE_MACHINE(field) ::perdure::compiler::machine_field(offsetof(::perdure::runtime::Machine, field))

// A word of near data or of the runtime, reached by rip + disp32.
inline x86::Mem near_word(const void* address) { return x86::ptr_rel(reinterpret_cast<std::uint64_t>(address), 8); }

class Assembly {
 public:
  // Code that will stand at `base`.
  explicit Assembly(std::uint64_t base);

  x86::Assembler a;

  std::uint64_t base() const { return base_; }
  void call(std::uint64_t address) { a.call(address); }
  void jump(std::uint64_t address) { a.jmp(address); }
  void load_address(const Gp& to, const void* address) { a.lea(to, near_word(address)); }
  // The note of a return address. Answers where its imm32 is, to be filled in when the frame's size is known.
  std::size_t note(std::uint32_t frame_bytes);
  void patch(std::size_t offset, std::uint32_t value);
  void patch_bytes(std::size_t offset, std::span<const std::uint8_t> bytes);
  std::size_t offset() const { return a.offset(); }
  std::uint64_t address_of(Label label) const { return base_ + code_.labelOffset(label); }
  // The finished bytes; empty when the assembler failed: a bug, or no memory where nobody attempts (runtime/support/escape.h).
  std::span<const std::uint8_t> finish();
  bool failed() const { return errors_.failed; }

 private:
  struct Errors : asmjit::ErrorHandler {
    bool failed = false;
    void handleError(asmjit::Error error, const char*, asmjit::BaseEmitter*) override {
      failed = true;
      if (error == asmjit::kErrorOutOfMemory && runtime::is_attempting()) runtime::escape(runtime::Outcome::kNoMemory);
    }
  };
  std::uint64_t base_;
  Errors errors_;
  asmjit::CodeHolder code_;
};

}  // namespace perdure::compiler
