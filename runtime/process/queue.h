// First in, first out: processes linked through their records. A process is in one queue at most.
#pragma once

#include "runtime/process/process.h"

namespace perdure::runtime {

class ProcessQueue {
 public:
  constexpr explicit ProcessQueue(QueueName name) : name_(name) {}

  bool empty() const { return first_ == kFalse; }
  Value first() const { return first_; }

  void push_back(Value v) {
    Process& p = process_of(v);
    p.queue = fixnum(name_);
    p.queue_next = kFalse;
    store_slot(&p.queue_previous, last_);
    if (last_ == kFalse) first_ = v;
    else store_slot(&process_of(last_).queue_next, v);
    last_ = v;
  }

  void push_front(Value v) {
    Process& p = process_of(v);
    p.queue = fixnum(name_);
    p.queue_previous = kFalse;
    store_slot(&p.queue_next, first_);
    if (first_ == kFalse) last_ = v;
    else store_slot(&process_of(first_).queue_previous, v);
    first_ = v;
  }

  void remove(Value v) {
    Process& p = process_of(v);
    if (p.queue_previous == kFalse) first_ = p.queue_next;
    else store_slot(&process_of(p.queue_previous).queue_next, p.queue_next);
    if (p.queue_next == kFalse) last_ = p.queue_previous;
    else store_slot(&process_of(p.queue_next).queue_previous, p.queue_previous);
    p.queue = fixnum(kNoQueue);
    p.queue_next = p.queue_previous = kFalse;
  }

 private:
  QueueName name_;
  Value first_ = kFalse, last_ = kFalse;
};

}  // namespace perdure::runtime
