#include "runtime/opened_code.h"

#include <algorithm>
#include <vector>

#include "runtime/code_space.h"
#include "runtime/unscanned.h"

namespace perdure::runtime {
namespace {

using Rows = std::vector<OpenedCode, Unscanned<OpenedCode>>;   // ascending

Rows& rows() {
  static Rows all;
  return all;
}

Rows::iterator first_from(std::uint64_t address) {
  return std::lower_bound(rows().begin(), rows().end(), address, [](const OpenedCode& row, std::uint64_t a) { return row.address < a; });
}

}  // namespace

void make_room_for_opened_code(std::size_t count) { make_room(rows(), count); }

void add_opened_code(std::span<const OpenedCode> added) {
  if (!added.empty()) rows().insert(first_from(added.front().address), added.begin(), added.end());
}

Value opened_at(std::uint64_t return_address) {
  const auto row = first_from(return_address);
  return row != rows().end() && row->address == return_address ? row->procedures : kNil;
}

void forget_lost_opened_code() {
  std::erase_if(rows(), [](const OpenedCode& row) { return is_lost_code(row.address); });
}

}  // namespace perdure::runtime
