// Expanding text and showing the result as text.
#pragma once

#include <string>
#include <string_view>

#include "compiler/expand.h"
#include "tests/unit/io_support.h"

namespace perdure::compiler::testing {

using namespace runtime::testing;

// So many more chunks, then arenas get no memory.
void arena_fail_after(std::uint64_t chunks);

// The pending condition's report; forms may be circular.
inline std::string report() {
  const auto pending = runtime::pending_condition();
  if (!runtime::has_type(pending, runtime::Type::kCondition)) return "!" + written(pending);
  const auto* condition = runtime::as<runtime::Condition>(pending);
  std::string out = condition->who == runtime::kFalse ? "!" : "!" + written(condition->who) + ": ";
  out += utf8(condition->message);
  for (Value i = condition->irritants; i.is_pair(); i = runtime::cdr(i)) out += " " + written(runtime::car(i));
  return out;
}

// Expands the forms of a text one after the other. The last expansion as text; or "!" and what is wrong.
class Session {
 public:
  explicit Session(Value environment = make_environment(system_environment())) : environment_(environment) {}

  std::string operator()(std::string_view text) {
    const Value source = with_places ? runtime::SourceMap::create(str("test.scm")) : runtime::kFalse;
    runtime::Reader reader;
    runtime::TextPosition position;
    const runtime::ReadOptions options{.source_name = str("test.scm"), .source_map = source};
    std::string result = "nothing";
    for (std::size_t offset = 0;;) {
      const auto status = reader.read(text, offset, true, position, options);
      if (status == runtime::ReadStatus::kEnd) return result;
      if (status != runtime::ReadStatus::kDatum) return report();
      Arena arena;
      const Node* node = expand_toplevel(arena, reader.datum(), environment_, source);
      if (!node) return report();
      result = written(core_to_datum(node));
    }
  }
  Value environment() const { return environment_; }
  bool with_places = false;

 private:
  Value environment_;
};

inline std::string expand(std::string_view text) { return Session{}(text); }

}  // namespace perdure::compiler::testing
