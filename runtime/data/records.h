// Records and their types.
#pragma once

#include <span>

#include "runtime/heap.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// `fields`: a list of symbols, the type's own fields (a parent's come before them). `parent`: a record type or #f.
// kRaise when an argument will not do.
Value make_record_type(Value name, Value fields, Value parent);

inline bool is_record_type(Value v) { return has_type(v, Type::kRecordType); }
// Is `v` a record of that type or of one made from it?
bool is_instance(Value v, Value record_type);

// Whether the type's first fields have these names: those of a structure that C++ has of its records.
bool fields_begin_with(Value record_type, std::span<const char* const> names);

std::span<const Primitive> records_primitives();

}  // namespace perdure::runtime
