// include, include-ci: the forms of a file in place of the form.
#include <string>

#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"
#include "runtime/condition.h"
#include "runtime/io/file_access.h"
#include "runtime/io/read_text.h"
#include "runtime/io/source_map.h"

namespace perdure::compiler {

using namespace runtime;

// The file that `form` stands in: the source, or one that it includes.
std::string Expander::source_of(Value form) const {
  const Location found = location_of(form);
  const Value source = found.line ? found.source : source_name_;
  return is_string(source) ? string_utf8(source) : "";
}

bool Expander::read_included(Value path, bool fold_case, Value form, ArenaVector<Value>* forms) {
  const Value name = make_string_utf8(find_included_file(string_utf8(path), source_of(form)));
  if (name != kRaise && !host_file_exists(string_utf8(name))) {
    fail("file-error", form_name(form), place_prefix(form, kFalse) + "no such file:", {name});
    return false;
  }
  const Value map = name == kRaise ? kRaise : SourceMap::create(name);
  const Value list = map == kRaise ? kRaise : read_file_forms(form_name(form), name, fold_case, map);
  if (list == kRaise) return false;
  included_.push(SourceMap::from(map));
  for (Value at = list; at.is_pair(); at = cdr(at)) forms->push(car(at));
  return true;
}

bool Expander::include_forms(Value form, Forms* forms) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(include \"file\" ...)")) return false;
  const bool fold_case = base_symbol(p[0]) == keyword_symbol(Special::kIncludeCi);
  ArenaVector<Value> all(arena_);
  for (Value path : p.subspan(1)) {
    if (!is_string(path)) return bad(form, "the name of a file is a string, not", path), false;
    if (!read_included(path, fold_case, form, &all)) return false;
  }
  *forms = all.span();
  return true;
}

Node* Expander::include(Value form, Context context) {
  Forms forms;
  return include_forms(form, &forms) ? expand_sequence(forms, context, form) : nullptr;
}

}  // namespace perdure::compiler
