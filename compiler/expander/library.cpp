#include "compiler/expander/library.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

Library* libraries;   // newest first

bool same_name(Value a, Value b) {
  for (; a.is_pair() && b.is_pair(); a = cdr(a), b = cdr(b))
    if (car(a) != car(b)) return false;
  return a == b;
}

}  // namespace

bool is_library_name(Value name) {
  constexpr int kLongestName = 100;   // and no circular one
  if (!name.is_pair()) return false;
  for (int i = 0; name.is_pair() && i < kLongestName; name = cdr(name), ++i)
    if (!is_symbol(car(name)) && !(car(name).is_fixnum() && fixnum_value(car(name)) >= 0)) return false;
  return name == kNil;
}

Library* first_library() { return libraries; }

Library* find_library(Value name) {
  for (Library* library = libraries; library; library = library->next)
    if (same_name(library->name, name)) return library;
  return nullptr;
}

bool register_library(Value name, Environment* environment, Value exports) {
  Library* library = find_library(name);
  if (!library) {
    library = make_opaque<Library>();
    if (!library) return false;
    library->name = name;
    library->next = libraries;
    libraries = library;
  }
  library->environment = environment;
  library->exports = exports;
  return true;
}

void forget_library(Value name) {
  for (Library** at = &libraries; *at; at = &(*at)->next)
    if (same_name((*at)->name, name)) {
      *at = (*at)->next;
      return;
    }
}

}  // namespace perdure::compiler
