// The writer thread: writes what freeze() left pending (write_barrier.h) as a generation, while the world runs on; or waits for
// whoever writes a complete file (save.h).
//
// It begins with the first job. It posts kEventStore through SIGUSR1 to the world's thread, so that only that one ever
// posts events, and a waiting world wakes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "boot/abi/platform.h"
#include "boot/hosted/ranges.h"
#include "boot/store/store.h"

namespace perdure::hosted {

struct Job {
  Ranges ranges;               // of the generation, none in the stacks
  std::string note;
  std::int64_t time_ns;
  bool saves = false;          // it counts as a complete file too: StoreState::saving, saved
};

// The generation that the file is at, before anything is written.
void init_writer(std::uint64_t committed);
abi::StoreState writer_state();

// What freeze() left pending becomes the next generation; there is no other being written. Answers its number; kNoMemory: no
// thread can be had, and all is dirty again.
abi::Status start_generation(Job job, std::uint64_t stopped_at_ns);
// The stop would have taken too long: the thread prepares the next attempt (close_ahead()), as if it were writing that generation.
// Answers kWouldBlock, or kNoMemory.
abi::Status start_closing(Ranges unused, std::uint64_t stopped_at_ns);
// A complete file is being written; finish() waits for the end, and answers how it was. kNoMemory: there is no thread for that.
abi::Status start_writer_thread();
void start_saving(abi::Status (*finish)());
bool is_writing();
void await_writer();

// For calls of the world's thread while nothing is being written: f(store) answers an error of the store, and whatever it did,
// the state above and the pager see it.
template <typename F>
abi::Status with_store(F f);
abi::Status with_store_do(store::Error (*f)(store::Store&, void*), void* context);

template <typename F>
abi::Status with_store(F f) {
  return with_store_do([](store::Store& store, void* context) { return (*static_cast<F*>(context))(store); }, &f);
}

}  // namespace perdure::hosted
