// Work that the kernel does beside the world, a little at a time, on a stack of its own.
//
// The work is ordinary code that says where it may be left for a while: pause(). Who has time to give calls step(), which goes on with it
// from there until the next pause. Both sides run with interrupts off, so neither sees the other in the middle of anything,
// but at pauses.
#pragma once

#include <cstdint>

namespace perdure::metal {

class BackgroundTask {
 public:
  // If it has none yet. False: no memory for it.
  [[nodiscard]] bool make_stack();

  // Not while it runs. Nothing happens before the first step().
  void start(void (*work)());
  bool running() const { return running_; }
  void step(std::uint64_t budget_ns);
  // Steps until the work is done, however long that takes.
  void finish();

  // For the work itself.
  void pause_if_due();
  // For the work to call again and again while it waits for a device.
  void pause_for_device();
  // Whether the last step ended that way: the next one is not worth much before some time has passed.
  bool waits_for_device() const { return waits_; }

 private:
  static void enter();
  void pause();

  std::uint64_t stack_top_ = 0;
  std::uint64_t inside_ = 0, outside_ = 0;     // the stack pointers of the two sides, while they do not run
  void (*work_)() = nullptr;
  bool running_ = false, waits_ = false;
  std::uint64_t due_ = 0;
};

extern constinit BackgroundTask background;

}  // namespace perdure::metal
