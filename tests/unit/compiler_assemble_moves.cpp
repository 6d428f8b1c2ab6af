#include "tests/unit/compiler_moves.h"

namespace perdure::compiler::testing {

using namespace asmjit::x86;

// r14 points to the words meanwhile.
std::vector<std::uint8_t> assemble_moves(std::uint64_t base, std::span<const Location64> places, int frame_words, Moves& moves) {
  Assembly s(base);
  auto& a = s.a;
  const Gp saved[] = {rbx, rbp, r12, r13, r14, r15};
  for (const Gp& r : saved) a.push(r);
  a.mov(r14, rdi);
  a.sub(rsp, frame_words * 8);
  auto word = [](std::size_t n) { return qword_ptr(r14, static_cast<int>(n * 8)); };
  for (std::size_t n = 0; n < places.size(); ++n) {
    a.mov(r11, word(n));
    emit_move(s, places[n], in_gpr(Gp::kIdR11));
  }
  moves.emit(s);
  for (std::size_t n = 0; n < places.size(); ++n) {
    emit_move(s, in_gpr(Gp::kIdR11), places[n]);
    a.mov(word(n), r11);
  }
  a.add(rsp, frame_words * 8);
  for (std::size_t i = std::size(saved); i-- > 0;) a.pop(saved[i]);
  a.ret();
  const auto bytes = s.finish();
  return {bytes.begin(), bytes.end()};
}

}  // namespace perdure::compiler::testing
