// What libstdc++'s containers call instead of throwing: a bug of the runtime, so it ends here.
#include <bits/functexcept.h>

#include "runtime/support/panic.h"

namespace std {

using perdure::runtime::panic;

void __throw_bad_exception() { panic("bad exception"); }
void __throw_bad_alloc() { panic("bad allocation"); }
void __throw_bad_array_new_length() { panic("bad array length"); }
void __throw_bad_cast() { panic("bad cast"); }
void __throw_bad_typeid() { panic("bad typeid"); }
void __throw_logic_error(const char* what) { panic(what); }
void __throw_domain_error(const char* what) { panic(what); }
void __throw_invalid_argument(const char* what) { panic(what); }
void __throw_length_error(const char* what) { panic(what); }
void __throw_out_of_range(const char* what) { panic(what); }
void __throw_out_of_range_fmt(const char* what, ...) { panic(what); }
void __throw_runtime_error(const char* what) { panic(what); }
void __throw_range_error(const char* what) { panic(what); }
void __throw_overflow_error(const char* what) { panic(what); }
void __throw_underflow_error(const char* what) { panic(what); }
void __throw_bad_function_call() { panic("call of an empty std::function"); }
[[noreturn]] void terminate() noexcept { panic("std::terminate"); }

}  // namespace std
