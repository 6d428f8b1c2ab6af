#include "runtime/process/poll_count.h"

#include "runtime/machine.h"
#include "runtime/process/process.h"

namespace perdure::runtime {
namespace {

std::uint64_t polls_left = 0;
Value procedure = kFalse;

// It has ended, and will go no further than to say so.
bool is_over(Value process) { return process != kFalse && process_of(process).state == fixnum(kEnded); }

void make_next_poll_count() { machine.stack_limit = ~std::uint64_t{0}; }

}  // namespace

void call_after_polls(std::uint64_t count, Value called) {
  polls_left = count;
  procedure = called;
  if (count != 0) make_next_poll_count();
}

std::uint64_t count_poll() {
  if (polls_left == 0) return 0;
  make_next_poll_count();
  if (machine.atomic != 0 || is_over(current_process()) || --polls_left != 0) return 0;
  const Value due = procedure;
  procedure = kFalse;
  return due.bits;
}

}  // namespace perdure::runtime
