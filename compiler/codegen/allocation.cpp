// Fresh memory in line, and the open-coded primitives that do nothing but fill it.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);

// Between two collections a program goes through more memory than the caches near the processor hold. A dozen lines ahead is far
// enough for the next level, and near enough to be used.
constexpr int kFetchedAhead = 768;

}  // namespace

// rax <- `bytes` of fresh memory, not cleared.
void BodyGenerator::allocate(std::uint64_t bytes, bool pair) {
  const std::uint64_t index = bytes / runtime::kGranule - 1;
  const bool large = !pair && index >= runtime::kFreeClasses;
  if (large) {
    a_.mov(eax, static_cast<std::uint32_t>(bytes));
    s_.call(runtime::stubs.allocate_object);
    note();
    return;
  }
  Label slow = a_.newLabel(), back = a_.newLabel();
  const std::size_t space = pair ? offsetof(runtime::Machine, free_pairs)
                                 : offsetof(runtime::Machine, free_objects) + sizeof(runtime::FreeSpace) * index;
  const Mem next = machine_field(space + offsetof(runtime::FreeSpace, next));
  a_.mov(rax, next);
  a_.lea(r11, ptr(rax, static_cast<int>(bytes)));
  a_.cmp(r11, machine_field(space + offsetof(runtime::FreeSpace, end)));
  a_.ja(slow);
  a_.mov(next, r11);
  a_.prefetchw(ptr(rax, kFetchedAhead));
  a_.bind(back);
  defer(slow, [this, bytes, pair, back] {
    if (!pair) a_.mov(eax, static_cast<std::uint32_t>(bytes));
    s_.call(pair ? runtime::stubs.allocate_pair : runtime::stubs.allocate_object);
    note();
    leave_aside();
    a_.jmp(back);
  });
}

// Stores an operand into fresh memory at rax + offset.
void BodyGenerator::store_fresh(const Result& operand, int offset) {
  const Location64 from = source_of(operand);
  if (from.kind == Location64::kConstant && from.bits <= 0x7fff'ffff) {
    a_.mov(qword_ptr(rax, offset), static_cast<std::int32_t>(from.bits));
  } else if (from.kind == Location64::kGpr) {
    a_.mov(qword_ptr(rax, offset), gpq(from.index));
  } else {
    emit_move(s_, in_gpr(Gp::kIdR11), from);
    a_.mov(qword_ptr(rax, offset), r11);
  }
}

// (%record type field ...) with a constant type, which is its first word.
Result BodyGenerator::inline_make_record(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  for (const Result& each : operands) source_of(each), unpin_all();   // boxing comes before the object exists
  const std::uint64_t count = operands.size();
  allocate((8 * count + 15) & ~std::uint64_t{15}, false);
  for (std::size_t i = 0; i < count; ++i) store_fresh(operands[i], static_cast<int>(8 * i)), unpin_all();
  if (count % 2 != 0) a_.mov(qword_ptr(rax, static_cast<int>(8 * count)), 0);   // what fills the last granule
  a_.add(rax, kObjectTag);
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

// (vector a ...), and (values a b ...): one object on its way to a receiver.
Result BodyGenerator::inline_make_slots(Expr* e, runtime::Type type, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  for (const Result& each : operands) source_of(each), unpin_all();   // boxing comes before the object exists
  const std::uint64_t count = operands.size();
  allocate((8 + 8 * count + 15) & ~std::uint64_t{15}, false);
  a_.mov(qword_ptr(rax), static_cast<std::int32_t>(runtime::header(type, count)));
  for (std::size_t i = 0; i < count; ++i) store_fresh(operands[i], static_cast<int>(8 + 8 * i)), unpin_all();
  if (count % 2 == 0) a_.mov(qword_ptr(rax, static_cast<int>(8 + 8 * count)), 0);   // what fills the last granule
  a_.add(rax, kObjectTag);
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

}  // namespace perdure::compiler
