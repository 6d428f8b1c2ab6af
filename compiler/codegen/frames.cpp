// The frame of a body: when it is made, the poll that goes with it, how it is left.
#include "compiler/codegen/body.h"
#include "compiler/optimisations.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

const Gp kArgumentRegisters[] = {rdi, rsi, rdx, rcx, r8, r9};

// The second byte of add and sub rsp, imm32.
constexpr std::uint8_t kAddRsp = 0xc4, kSubRsp = 0xec;

bool mentions(const Expr* e, std::uint32_t id) { return e->free[id / 64] >> id % 64 & 1; }

}  // namespace

void BodyGenerator::adjust_stack(std::uint8_t modrm) {
  frame_adjusts_.push_back(s_.offset());
  const std::uint8_t bytes[] = {0x48, 0x81, modrm, 0, 0, 0, 0};
  a_.embed(bytes, sizeof bytes);
}

void BodyGenerator::make_frame() { adjust_stack(kSubRsp); }

void BodyGenerator::note() { note(frame_notes_); }

void BodyGenerator::note(PassVector<std::size_t>& kind) {
  const Opened* own = function_.location.opened;
  if (frames_.innermost != own && frames_.innermost != nullptr) unit_.note_opened(frames_.innermost, own, frames_.last);
  kind.push_back(s_.note(0));
}

void BodyGenerator::prologue() {
  const bool may_wait = is_on(Optimisation::kLateFrames) && body_.required.size() <= runtime::kRegisterArguments && body_.rest == nullptr;
  state_.framed = !may_wait;
  if (state_.framed) make_frame();
  auto enter = [&](const Local* local) -> Place* {
    if (local == nullptr || !mentions(body_.code, local->index)) return nullptr;
    return &state_.add(arena_, local->index);
  };
  if (Place* place = enter(body_.self)) place->gpr = Gp::kIdBx;
  for (std::size_t i = 0; i < body_.required.size() && i < runtime::kRegisterArguments; ++i)
    if (Place* place = enter(body_.required[i])) place->gpr = static_cast<std::int8_t>(kArgumentRegisters[i].id());
  // M6: arguments beyond the registers are read before a poll can overwrite them.
  for (std::size_t i = runtime::kRegisterArguments; i < body_.required.size(); ++i) {
    Place* place = enter(body_.required[i]);
    if (place == nullptr) continue;
    const std::int16_t slot = new_slot();
    state_.find(body_.required[i]->index)->slot = slot;
    a_.mov(r11, PERDURE_MACHINE(arguments));
    a_.mov(r11, qword_ptr(r11, static_cast<int>(8 * i)));
    a_.mov(frame_word(slot), r11);
  }
  if (body_.rest != nullptr && mentions(body_.code, body_.rest->index)) {
    const int r = take_gpr();
    a_.mov(gpq(r), rax);
    state_.add(arena_, body_.rest->index).gpr = static_cast<std::int8_t>(r);
    unpin_all();
  }
  if (state_.framed) poll();
}

// For a full stack and for events. A body without calls needs so little stack that the guard zone has room for it.
void BodyGenerator::poll() {
  constexpr std::uint32_t kSmallBody = 64;
  if (!body_.code->has_call && body_.local_count < kSmallBody) return;
  Label slow = a_.newLabel(), back = a_.newLabel();
  a_.cmp(rsp, PERDURE_MACHINE(stack_limit));
  a_.jbe(slow);
  a_.bind(back);
  defer(slow, [this, back] {
    s_.call(runtime::stubs.poll);
    note();
    leave_aside();
    a_.jmp(back);
  });
}

void BodyGenerator::enter_frame() {
  make_frame();
  state_.framed = true;
  poll();
}

void BodyGenerator::epilogue() {
  if (state_.framed) adjust_stack(kAddRsp);   // out of line too, whoever made the frame
}

// The stub's answer is the body's.
void BodyGenerator::leave_for(std::uint64_t stub) {
  epilogue();
  s_.jump(stub);
}

// Before code out of line goes back to where there is no frame; keeps the flags.
void BodyGenerator::leave_aside() {
  if (!borrowed_) return;
  frame_leaves_.push_back(s_.offset());
  const std::uint8_t lea[] = {0x48, 0x8d, 0xa4, 0x24, 0, 0, 0, 0};
  a_.embed(lea, sizeof lea);
}

// Does its code in line use registers alone, and of those, beside constants and captured values, at most `budget` for a while?
bool BodyGenerator::is_light(const Expr* e, int& budget) const {
  switch (e->op) {
    case Op::kConst: case Op::kLocal: return true;
    case Op::kGlobal: return --budget >= 0;
    case Op::kIf: break;
    case Op::kInline:
      switch (e->inlined) {
        case Inline::kCar: case Inline::kCdr: case Inline::kCxr: case Inline::kSetCar: case Inline::kSetCdr: case Inline::kCons:
        case Inline::kIsPair: case Inline::kIsNull: case Inline::kIsEq: case Inline::kNot: case Inline::kAdd: case Inline::kSubtract:
        case Inline::kMultiply: case Inline::kEqual: case Inline::kLess: case Inline::kLessEqual: case Inline::kGreater:
        case Inline::kGreaterEqual: case Inline::kIsZero: case Inline::kQuotient: case Inline::kFloorQuotient: case Inline::kRemainder: case Inline::kModulo:
        case Inline::kIsFixnum: case Inline::kIsFlonum: case Inline::kIsSymbol: case Inline::kIsString: case Inline::kIsVector:
        case Inline::kIsProcedure: case Inline::kIsCharacter: case Inline::kIsBytevector: case Inline::kIsBoolean: case Inline::kIsEof:
        case Inline::kIsDefault: case Inline::kVectorRef: case Inline::kVectorLength: case Inline::kStringRef: case Inline::kStringLength:
        case Inline::kCharEqual: case Inline::kCharLess: case Inline::kCharGreater: case Inline::kCharLessEqual:
        case Inline::kCharGreaterEqual: case Inline::kCharClass: case Inline::kIsNumber: case Inline::kIsPositive:
        case Inline::kIsNegative: case Inline::kIsEqv: case Inline::kIsEqual: case Inline::kBoxRef: case Inline::kBoxRefChecked: case Inline::kBoxSet:
          break;
        case Inline::kIsRecord:
          if (!testable(e)) return false;
          break;
        default: return false;
      }
      break;
    default: return false;
  }
  if (--budget < 0) return false;
  for (const Expr* each : e->parts)
    if (!is_light(each, budget)) return false;
  return true;
}

// Parameters, the closure and up to three operands that are pinned take registers; the others are for temporaries.
bool BodyGenerator::runs_frameless(const Expr* e) const {
  constexpr int kRegisters = 12, kOperands = 3;
  int budget = kRegisters - kOperands - static_cast<int>(body_.required.size()) - (body_.self != nullptr ? 1 : 0);
  switch (e->op) {
    case Op::kIf: return is_light(e->parts[0], budget);
    case Op::kConst: case Op::kLocal: case Op::kGlobal: case Op::kInline: return is_light(e, budget);
    case Op::kCall: case Op::kApply: case Op::kCallGlobal: case Op::kCallKnown:
      if (e->parts.size() > runtime::kRegisterArguments) return false;
      for (const Expr* each : e->parts)
        if (!is_light(each, budget)) return false;
      return true;
    default: return false;
  }
}

void BodyGenerator::patch_adjust(std::size_t at, std::uint32_t frame) {
  if (frame != 0) return s_.patch(at + 3, frame);
  // Nothing to adjust: the 7-byte nop.
  constexpr std::uint8_t kNop[] = {0x0f, 0x1f, 0x80, 0, 0, 0, 0};
  s_.patch_bytes(at, kNop);
}

}  // namespace perdure::compiler
