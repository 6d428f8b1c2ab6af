// The primitives under world/foreign: no one's interface, names with %. Addresses, images and types are taken on trust.
#include <cstring>

#include <gc.h>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/foreign/call.h"
#include "runtime/foreign/callbacks.h"
#include "runtime/foreign/foreign.h"
#include "runtime/foreign/image.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/numbers/integer.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

Value image_value(const ForeignImage* image) { return fixnum(static_cast<std::int64_t>(reinterpret_cast<std::uint64_t>(image))); }
ForeignImage* image_of(Value v) {
  for (ForeignImage* each : foreign_images())
    if (image_value(each) == v) return each;
  return nullptr;
}

Value address_value(std::uint64_t address) { return make_unsigned_integer(address); }

bool take_pointer(std::string_view who, int position, Value v, std::uint64_t* out) {
  if (take_address(v, out)) return true;
  wrong_type(who, position, "a pointer: an address, a bytevector, a structure, a callback or #f", v);
  return false;
}

// The same for `count` bytes from an offset on; within a bytevector they have to lie.
bool take_place(std::string_view who, int position, Value v, Value offset, std::uint64_t count, std::uint64_t* out) {
  if (!take_pointer(who, position, v, out)) return false;
  if (!offset.is_fixnum()) return wrong_type(who, position + 1, "a fixnum", offset), false;
  const std::int64_t at = fixnum_value(offset);
  *out += static_cast<std::uint64_t>(at);
  if (!is_bytevector(v)) return true;
  const std::uint64_t length = length_of(v);
  if (at >= 0 && static_cast<std::uint64_t>(at) <= length && count <= length - static_cast<std::uint64_t>(at)) return true;
  fail("range-error", who, "reaches beyond the bytevector:", {v, offset, make_unsigned_integer(count)});
  return false;
}

bool take_type(std::string_view who, Value v, CType* out) {
  if (parse_type(v, out) && out->kind != CKind::kVoid) return true;
  wrong_type(who, 1, "a type of values", v);
  return false;
}

// (image constructor ...), or a string that says what is wrong with the file.
Value prim_load(Value name, Value file) {
  if (!check_string("%foreign-load!", 1, name) || !check_bytevector("%foreign-load!", 2, file)) return kRaise;
  std::string wrong;
  const ForeignImage* image = load_image(string_utf8(name), {as<Bytevector>(file)->bytes, length_of(file)}, &wrong);
  if (!image) return make_string_utf8(wrong);
  Value list = kNil;
  for (std::size_t i = image->constructors.size(); i > 0 && list != kRaise; --i)
    list = cons(fixnum(static_cast<std::int64_t>(image->constructors[i - 1])), list);
  return list == kRaise ? kRaise : cons(image_value(image), list);
}

Value prim_unload(Value v) {
  if (ForeignImage* image = image_of(v)) unload_image(image);
  return kUnspecific;
}

// ((name . address) ...) of what it shows to others.
Value prim_symbols(Value v) {
  const ForeignImage* image = image_of(v);
  if (!image) return kNil;
  Value list = kNil;
  for (const ForeignSymbol& each : image->symbols) {
    if (!each.exported) continue;
    const Value name = intern(each.name);
    const Value entry = name == kRaise ? kRaise : cons(name, fixnum(static_cast<std::int64_t>(each.address)));
    list = entry == kRaise ? kRaise : cons(entry, list);
    if (list == kRaise) return kRaise;
  }
  return list;
}

// The address of a name in that image, or anywhere when it is #f; #f: nowhere.
Value prim_find(Value v, Value name) {
  if (!check_string("%foreign-find", 2, name)) return kRaise;
  const std::string wanted = string_utf8(name);
  for (const ForeignImage* each : foreign_images()) {
    if (v != kFalse && image_value(each) != v) continue;
    if (const ForeignSymbol* symbol = find_exported(*each, wanted)) return fixnum(static_cast<std::int64_t>(symbol->address));
  }
  const std::uint64_t offered = v == kFalse ? offered_address(wanted) : 0;
  return offered ? fixnum(static_cast<std::int64_t>(offered)) : kFalse;
}

Value prim_offered() {
  Value list = kNil;
  for (const std::string_view each : offered_names()) {
    const Value name = intern(each);
    list = name == kRaise || list == kRaise ? kRaise : cons(name, list);
  }
  return list;
}

Value prim_describe(Value v) {
  std::uint64_t address;
  if (!take_pointer("foreign-describe", 1, v, &address)) return kRaise;
  const std::string text = describe_foreign_address(address);
  return text.empty() ? kFalse : make_string_utf8(text);
}

// --- types and procedures ----------------------------------------------------------------------------------------------
Value prim_signature(Value who, Value arguments, Value result, Value fixed) {
  if (!check_string("%foreign-signature", 1, who)) return kRaise;
  return make_signature(string_utf8(who), arguments, result, fixed);
}
Value prim_struct_type(Value who, Value elements, Value descriptor) {
  if (!check_string("%foreign-struct-type", 1, who)) return kRaise;
  return make_struct_type(string_utf8(who), elements, descriptor);
}
Value prim_set_struct_record(Value record_type) {
  set_struct_record(record_type);
  return kUnspecific;
}

Value prim_size(Value v) {
  CType type;
  return take_type("foreign-sizeof", v, &type) ? fixnum(static_cast<std::int64_t>(type.size)) : kRaise;
}
Value prim_alignment(Value v) {
  CType type;
  return take_type("foreign-alignof", v, &type) ? fixnum(type.ffi->alignment) : kRaise;
}

Value prim_procedure(Value signature, Value address, Value name, Value library) {
  std::uint64_t at;
  if (!signature_of(signature)) return wrong_type("%foreign-procedure", 1, "a signature", signature);
  if (!take_pointer("foreign-procedure", 1, address, &at)) return kRaise;
  if (!fits_fixnum(static_cast<std::int64_t>(at))) return wrong_type("foreign-procedure", 1, "an address of a procedure", address);
  return make_foreign_procedure(signature, at, name, library);
}
Value prim_is_procedure(Value v) { return boolean(is_foreign_procedure(v)); }

Value prim_callback(Value signature, Value procedure) {
  Signature* s = signature_of(signature);
  if (!s || !procedure.is_closure()) return wrong_type("foreign-callback", 1, "a procedure", procedure);
  CallbackSlot* slot = make_callback(s, procedure);
  return slot ? callback_value(slot) : kRaise;
}
Value prim_is_callback(Value v) { return boolean(callback_of(v) != nullptr); }
Value prim_free_callback(Value v) {
  CallbackSlot* slot = callback_of(v);
  if (!slot) return wrong_type("foreign-callback-free!", 1, "a callback", v);
  release_callback(v);
  return kUnspecific;
}

// --- memory --------------------------------------------------------------------------------------------------------------
Value prim_address(Value v) {
  std::uint64_t address;
  return take_pointer("foreign-address", 1, v, &address) ? address_value(address) : kRaise;
}

Value prim_allocate(Value bytes) {
  std::uint64_t count;
  if (!take_count("foreign-alloc", 1, bytes, &count)) return kRaise;
  void* memory = count < std::uint64_t{1} << 40 ? GC_malloc_uncollectable(count ? count : 1) : nullptr;
  return memory ? address_value(reinterpret_cast<std::uint64_t>(memory)) : out_of_memory();
}
Value prim_free(Value v) {
  std::uint64_t address;
  if (!take_pointer("foreign-free", 1, v, &address)) return kRaise;
  void* memory = reinterpret_cast<void*>(address);
  if (memory && GC_base(memory) != memory) return wrong_type("foreign-free", 1, "an address that foreign-alloc or malloc gave", v);
  GC_free(memory);
  return kUnspecific;
}

Value prim_ref(Value v, Value pointer, Value offset) {
  constexpr std::string_view who = "foreign-ref";
  CType type;
  std::uint64_t address;
  if (!take_type(who, v, &type) || !take_place(who, 2, pointer, offset, type.size, &address)) return kRaise;
  const void* from = reinterpret_cast<const void*>(address);
  if (type.kind == CKind::kStruct) {
    const Value copy = make_bytevector(type.size, 0);
    if (copy == kRaise || !copy_guarded(who, as<Bytevector>(copy)->bytes, from, type.size)) return kRaise;
    return load_c(type, as<Bytevector>(copy)->bytes);
  }
  alignas(16) std::uint8_t bytes[16];
  return copy_guarded(who, bytes, from, type.size) ? load_c(type, bytes) : kRaise;
}

Value prim_set(Value v, Value pointer, Value offset, Value value) {
  constexpr std::string_view who = "foreign-set!";
  CType type;
  std::uint64_t address;
  if (!take_type(who, v, &type) || !take_place(who, 2, pointer, offset, type.size, &address)) return kRaise;
  void* to = reinterpret_cast<void*>(address);
  if (type.kind == CKind::kString) return wrong_type(who, 1, "a type that is stored as it is (make memory of the string and store a pointer)", v);
  std::string large(type.size > 16 ? type.size : 0, '\0');
  alignas(16) std::uint8_t small[16];
  void* bytes = large.empty() ? static_cast<void*>(small) : large.data();
  if (!store_c(type, value, bytes, {kFalse, who}, 4) || !copy_guarded(who, to, bytes, type.size)) return kRaise;
  return kUnspecific;
}

Value prim_copy(Value to, Value from, Value count) {
  constexpr std::string_view who = "foreign-copy!";
  std::uint64_t target, origin, bytes;
  if (!take_count(who, 3, count, &bytes)) return kRaise;
  if (!take_place(who, 1, to, fixnum(0), bytes, &target) || !take_place(who, 2, from, fixnum(0), bytes, &origin)) return kRaise;
  return copy_guarded(who, reinterpret_cast<void*>(target), reinterpret_cast<const void*>(origin), bytes) ? kUnspecific : kRaise;
}

Value prim_string(Value v) {
  std::uint64_t address, length;
  if (!take_pointer("foreign-string", 1, v, &address)) return kRaise;
  if (address == 0) return kFalse;
  const auto* text = reinterpret_cast<const char*>(address);
  return length_guarded("foreign-string", text, &length) ? make_string_utf8({text, length}) : kRaise;
}

}  // namespace

std::span<const Primitive> foreign_primitives() {
  static const Primitive kTable[] = {
      primitive("%foreign-load!", prim_load),
      primitive("%foreign-unload!", prim_unload),
      primitive("%foreign-symbols", prim_symbols),
      primitive("%foreign-find", prim_find),
      primitive("%foreign-offered", prim_offered),
      primitive("%foreign-describe", prim_describe),
      primitive("%foreign-signature", prim_signature),
      primitive("%foreign-struct-type", prim_struct_type),
      primitive("%foreign-set-struct-record!", prim_set_struct_record),
      primitive("%foreign-size", prim_size),
      primitive("%foreign-alignment", prim_alignment),
      primitive("%foreign-procedure", prim_procedure),
      primitive("%foreign-procedure?", prim_is_procedure),
      primitive("%foreign-return", return_to_foreign),
      primitive("%foreign-callback", prim_callback),
      primitive("%foreign-callback?", prim_is_callback),
      primitive("%foreign-callback-free!", prim_free_callback),
      primitive("%foreign-address", prim_address),
      primitive("%foreign-alloc", prim_allocate),
      primitive("%foreign-free", prim_free),
      primitive("%foreign-ref", prim_ref),
      primitive("%foreign-set!", prim_set),
      primitive("%foreign-copy!", prim_copy),
      primitive("%foreign-string", prim_string),
  };
  return kTable;
}

}  // namespace perdure::runtime
