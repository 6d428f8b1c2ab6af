#include "boot/metal/restart.h"

#include "boot/abi/world.h"
#include "boot/metal/clock.h"
#include "boot/metal/console.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/domain.h"
#include "boot/metal/events.h"
#include "boot/metal/fault.h"
#include "boot/metal/files.h"
#include "boot/metal/interrupts.h"
#include "boot/metal/pager.h"
#include "boot/metal/platform_table.h"
#include "boot/metal/self_check.h"
#include "boot/metal/world_memory.h"

namespace perdure::metal {

void restart_world() {
  forget_events();
  set_timer_deadline(kNever);
  set_wait_deadline(kNever);
  close_all_files();
  destroy_domains();
  (void)console_set_raw(0);
  forget_dirty_pages();
  forget_world_memory();
  if (!bring_in(abi::kWorldBase)) panic("the older generation has no descriptor");
  self_check();
  enter_world(reinterpret_cast<void (*)(const void*)>(abi::world_descriptor()->resume), platform_for_resumed_world(), abi::kRuntimeStackTop);
}

}  // namespace perdure::metal
