// The C++ ABI's entry points: a world never ends, so destructors of statics are never registered, and nothing is
// thrown, so there is no personality.
#include "runtime/support/panic.h"

using perdure::runtime::panic;

extern "C" {

void* __dso_handle = nullptr;

int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
int atexit(void (*)()) { return 0; }
void __cxa_pure_virtual() { panic("call of a pure virtual function"); }
void __cxa_deleted_virtual() { panic("call of a deleted virtual function"); }
void __cxa_throw_bad_array_new_length() { panic("bad array length"); }
void* __cxa_begin_catch(void*) { panic("exception caught"); }
void __cxa_end_catch() {}
void __cxa_rethrow() { panic("exception rethrown"); }
int __gxx_personality_v0() { panic("exception personality"); }
void _Unwind_Resume(void*) { panic("unwinding"); }
void __stack_chk_fail() { panic("stack protector"); }

}  // extern "C"
