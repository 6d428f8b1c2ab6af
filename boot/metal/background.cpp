#include "boot/metal/background.h"

#include "boot/metal/clock.h"
#include "boot/metal/cpu.h"
#include "boot/metal/kernel_space.h"

// background.asm: keeps the registers that calls keep on the stack, and that stack's pointer in *from; goes on on the other.
extern "C" void switch_stacks(std::uint64_t* from, std::uint64_t to);

namespace perdure::metal {
namespace {
constexpr unsigned kStackPages = 16;
constexpr std::uint64_t kSavedRegisters = 6;
}  // namespace

constinit BackgroundTask background;

bool BackgroundTask::make_stack() {
  if (stack_top_ == 0) stack_top_ = make_kernel_stack(kStackPages);
  return stack_top_ != 0;
}

void BackgroundTask::start(void (*work)()) {
  work_ = work;
  // As if enter() had been called and had left right away: its address lies where a call's return address would.
  auto* entry = reinterpret_cast<std::uint64_t*>(stack_top_ - 16);
  *entry = reinterpret_cast<std::uint64_t>(&BackgroundTask::enter);
  inside_ = reinterpret_cast<std::uint64_t>(entry - kSavedRegisters);
  running_ = true;
}

void BackgroundTask::enter() {
  background.work_();
  background.running_ = false;
  background.pause();
}

void BackgroundTask::step(std::uint64_t budget_ns) {
  if (!running_) return;
  due_ = monotonic_ns() + budget_ns;
  waits_ = false;
  switch_stacks(&outside_, inside_);
}

void BackgroundTask::finish() {
  constexpr std::uint64_t kLong = 1'000'000'000;
  while (running_) step(kLong);
}

void BackgroundTask::pause() { switch_stacks(&inside_, outside_); }

void BackgroundTask::pause_if_due() {
  if (monotonic_ns() >= due_) pause();
}

void BackgroundTask::pause_for_device() {
  cpu_pause();
  if (monotonic_ns() < due_) return;
  waits_ = true;
  pause();
}

}  // namespace perdure::metal
