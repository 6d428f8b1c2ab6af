// Keys of hash tables that are compared by word, found without C++ (runtime/data/hash_table.h).
#include "compiler/stub_maker.h"
#include "runtime/data/hash_table_internal.h"

namespace perdure::compiler::stub_maker {

// rax: the table, r11: the key -> rax: where its value is; 0: it is not there; 1: C++ has to look. Any values may come.
void StubMaker::find_in_table() {
  constexpr int kObject = -static_cast<int>(kTagObject);
  const auto field = [](std::size_t offset) { return qword_ptr(rax, static_cast<int>(offset) + kObject); };
  const auto type_byte = [](Type type) { return static_cast<int>(header(type, 0)); };
  const auto kind = [](TableKind k) { return static_cast<int>(fixnum(static_cast<std::int64_t>(k)).bits); };
  const Gp hash = rcx, mask = rdx, at = r8, index = r9, entries = r10;
  const Mem slot = qword_ptr(index, at, 3, static_cast<int>(offsetof(Bytevector, bytes)) + kObject);
  Label unknown = a_.newLabel(), by_word = a_.newLabel(), symbol = a_.newLabel(), pair = a_.newLabel(), object = a_.newLabel();
  Label hashed = a_.newLabel(), look = a_.newLabel(), next = a_.newLabel(), leave = a_.newLabel();
  begin("find-in-table", &stubs.find_in_table);
  for (const Gp& r : {rcx, rdx, r8, r9, r10}) a_.push(r);
  a_.lea(ecx, ptr(rax, kObject));
  a_.test(cl, static_cast<int>(kTagMask));
  a_.jnz(unknown);
  a_.cmp(byte_ptr(rax, kObject), type_byte(Type::kHashTable));
  a_.jne(unknown);
  a_.cmp(field(offsetof(HashTable, kind)), kind(TableKind::kString));
  a_.je(unknown);
  // hash_key
  a_.mov(edx, r11d);
  a_.and_(edx, static_cast<int>(kTagMask));
  a_.cmp(edx, static_cast<int>(kTagPair));
  a_.je(pair);
  a_.cmp(edx, static_cast<int>(kTagObject));
  a_.je(object);
  a_.test(edx, edx);
  a_.jnz(by_word);
  a_.mov(hash, r11);
  a_.sar(hash, kFixnumShift);
  a_.mov(rdx, hash);
  a_.sar(rdx, 32);
  a_.imul(edx, edx, static_cast<int>(kFixnumHashFactor));
  a_.xor_(hash.r32(), edx);
  a_.bind(hashed);
  a_.mov(index, field(offsetof(HashTable, index)));
  a_.mov(entries, field(offsetof(HashTable, entries)));
  a_.mov(mask, qword_ptr(index, kObject));
  a_.shr(mask, 16 + 3);   // of bytes, of slots
  static_assert(sizeof(Slot) == 8 && header(Type::kBytevector, 1) >> 16 == 1);
  a_.dec(mask);
  a_.mov(at.r32(), hash.r32());
  a_.and_(at, mask);
  a_.bind(look);
  a_.mov(rax, slot);
  a_.test(eax, eax);
  a_.jz(leave);
  Mem hash_of_slot = slot;
  hash_of_slot.addOffset(offsetof(Slot, hash));
  hash_of_slot.setSize(4);
  a_.cmp(hash_of_slot, hash.r32());
  a_.jne(next);
  a_.cmp(eax, -1);   // kDropped
  a_.je(next);
  a_.mov(eax, eax);
  a_.shl(rax, 4);
  static_assert(kEntryWords == 2 && kDropped == ~std::uint32_t{0});
  constexpr int kFirst = static_cast<int>(offsetof(Vector, slots)) + kObject, kEntryBytes = kEntryWords * sizeof(Value);
  a_.add(rax, entries);
  a_.cmp(r11, qword_ptr(rax, kFirst + 8 * static_cast<int>(kKey) - kEntryBytes));   // slots count from 1
  a_.jne(next);
  a_.add(rax, kFirst + 8 * static_cast<int>(kValue) - kEntryBytes);
  a_.bind(leave);
  for (const Gp& r : {r10, r9, r8, rdx, rcx}) a_.pop(r);
  a_.ret();
  a_.bind(next);
  a_.mov(rax, kHashFactor);
  a_.imul(rax, hash);
  a_.shr(rax, 32);
  a_.or_(rax, 1);
  a_.add(at, rax);
  a_.and_(at, mask);
  a_.jmp(look);

  a_.bind(object);
  a_.cmp(byte_ptr(r11, kObject), type_byte(Type::kSymbol));
  a_.je(symbol);
  a_.cmp(field(offsetof(HashTable, kind)), kind(TableKind::kEq));
  a_.je(by_word);
  a_.jmp(unknown);
  a_.bind(pair);
  a_.cmp(field(offsetof(HashTable, kind)), kind(TableKind::kEqual));
  a_.je(unknown);
  a_.bind(by_word);
  a_.mov(hash, r11);
  a_.shr(hash, 32);
  a_.xor_(hash, r11);
  a_.mov(rdx, kHashFactor);
  a_.imul(hash, rdx);
  a_.shr(hash, 32);
  a_.jmp(hashed);
  a_.bind(symbol);
  a_.mov(hash, qword_ptr(r11, static_cast<int>(offsetof(Symbol, hash)) + kObject));
  a_.shr(hash, kFixnumShift);
  a_.mov(hash.r32(), hash.r32());
  a_.jmp(hashed);
  a_.bind(unknown);
  a_.mov(eax, 1);
  a_.jmp(leave);
}

}  // namespace perdure::compiler::stub_maker
