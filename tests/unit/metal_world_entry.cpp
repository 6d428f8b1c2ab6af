// What a leaf entry says of a page of the world, and what the address map says of stacks.
#include "boot/metal/world_entry.h"

#include <catch2/catch.hpp>

#include "boot/metal/world_areas.h"

using namespace perdure;
using namespace perdure::metal;

TEST_CASE("every state of a page survives its encoding", "[metal]") {
  for (std::uint32_t protection : {0u, 1u, 3u, 4u, 5u})
    for (bool resident : {false, true})
      for (bool from_file : {false, true}) {
        const WorldEntry entry{.committed = true, .resident = resident, .from_file = from_file, .released = false,
                               .protection = protection, .frame = {resident ? 0xf'1234'5678'9000u : 0u}};
        const WorldEntry back = decode(encode(entry));
        CHECK(back.committed);
        CHECK(back.resident == resident);
        CHECK(back.from_file == from_file);
        CHECK(back.protection == protection);
        CHECK(back.frame == entry.frame);
        CHECK(static_cast<bool>(encode(entry) & kEntryPresent) == (resident && protection != 0));
      }
}

TEST_CASE("accessed and dirty bits do not change what an entry says, but that the page has changed", "[metal]") {
  const WorldEntry entry{.committed = true, .resident = true, .from_file = false, .released = false, .protection = 3, .frame = {0x5000}};
  const WorldEntry back = decode(encode(entry) | kEntryAccessed | kEntryDirty);
  CHECK((back.committed && back.resident && back.protection == 3 && back.frame.value == 0x5000));
  CHECK((back.changed && decode(encode(back)).changed && !decode(encode(entry) | kEntryAccessed).changed));
}

TEST_CASE("a zero entry is as the file says, a released one is not", "[metal]") {
  const WorldEntry untold = decode(0);
  CHECK((!untold.committed && !untold.released && !untold.resident));
  const WorldEntry released = decode(encode({.committed = false, .resident = false, .from_file = false, .released = true, .protection = 0, .frame = {}}));
  CHECK((released.released && !released.committed && !released.resident));
  CHECK_FALSE(encode({}) & kEntryPresent);
}

TEST_CASE("the processor gets no more than the protection says", "[metal]") {
  const auto bits = [](std::uint32_t protection) {
    return encode({.committed = true, .resident = true, .dirty = true, .protection = protection, .frame = {0x5000}});
  };
  CHECK((bits(abi::kProtRead) & (kEntryWritable | kEntryNoExecute)) == kEntryNoExecute);
  CHECK((bits(abi::kProtRead | abi::kProtWrite) & (kEntryWritable | kEntryNoExecute)) == (kEntryWritable | kEntryNoExecute));
  CHECK((bits(abi::kProtRead | abi::kProtExecute) & (kEntryWritable | kEntryNoExecute)) == 0);
  CHECK_FALSE(bits(abi::kProtNone) & kEntryPresent);
}

TEST_CASE("a page can only be written while it is dirty and not pending", "[metal]") {
  for (bool dirty : {false, true})
    for (bool pending : {false, true}) {
      WorldEntry entry{.committed = true, .resident = true, .dirty = dirty, .pending = pending,
                       .protection = abi::kProtRead | abi::kProtWrite, .frame = {0x5000}};
      CHECK(static_cast<bool>(encode(entry) & kEntryWritable) == (dirty && !pending));
      CHECK(encode(entry) & kEntryPresent);
      CHECK((decode(encode(entry)).dirty == dirty && decode(encode(entry)).pending == pending));
      entry.protection = abi::kProtRead;
      CHECK_FALSE(encode(entry) & kEntryWritable);
      const WorldEntry released = decode(encode({.released = true, .dirty = dirty, .pending = pending}));
      CHECK((released.released && released.dirty == dirty && released.pending == pending));
    }
}

TEST_CASE("the lowest page of each stack slot is a guard page", "[metal]") {
  CHECK(is_guard_page(abi::kStackBase));
  CHECK_FALSE(is_guard_page(abi::kStackBase + kPageSize));
  CHECK_FALSE(is_guard_page(abi::kRuntimeStackTop - 1));
  CHECK(is_guard_page(abi::kProcessStackBase + 4095));
  CHECK_FALSE(is_guard_page(abi::kProcessStackBase + 4096));
  CHECK(is_guard_page(abi::kProcessStackBase + 77 * abi::kProcessStackSize));
  CHECK_FALSE(is_guard_page(abi::kProcessStackBase + 77 * abi::kProcessStackSize - 1));
  CHECK_FALSE(is_guard_page(abi::kStackEnd));
  CHECK_FALSE(is_guard_page(abi::kHeapBase));
}
