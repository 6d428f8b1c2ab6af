#include "compiler/assembly.h"

#include <cstring>

namespace perdure::compiler {

Assembly::Assembly(std::uint64_t base) : base_(base) {
  asmjit::Environment environment;
  environment.setArch(asmjit::Arch::kX64);
  errors_.failed = code_.init(environment, base) != asmjit::kErrorOk;
  code_.setErrorHandler(&errors_);
  errors_.failed = errors_.failed || code_.attach(&a) != asmjit::kErrorOk;
}

std::size_t Assembly::note(std::uint32_t frame_bytes) {
  const std::size_t at = a.offset();
  std::uint8_t bytes[runtime::kNoteSize];
  std::memcpy(bytes, runtime::kNoteOpcode, sizeof runtime::kNoteOpcode);
  std::memcpy(bytes + sizeof runtime::kNoteOpcode, &frame_bytes, sizeof frame_bytes);
  a.embed(bytes, sizeof bytes);
  return at + sizeof runtime::kNoteOpcode;
}

void Assembly::patch(std::size_t offset, std::uint32_t value) {
  std::memcpy(code_.textSection()->buffer().data() + offset, &value, sizeof value);
}

void Assembly::patch_bytes(std::size_t offset, std::span<const std::uint8_t> bytes) {
  std::memcpy(code_.textSection()->buffer().data() + offset, bytes.data(), bytes.size());
}

std::span<const std::uint8_t> Assembly::finish() {
  if (errors_.failed || code_.flatten() != asmjit::kErrorOk || code_.resolveUnresolvedLinks() != asmjit::kErrorOk ||
      code_.relocateToBase(base_) != asmjit::kErrorOk)
    return {};
  const auto& buffer = code_.textSection()->buffer();
  return {buffer.data(), buffer.size()};
}

}  // namespace perdure::compiler
