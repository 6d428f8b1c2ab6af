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

std::span<const Primitive> records_primitives();

}  // namespace perdure::runtime
