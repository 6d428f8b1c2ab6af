#include "boot/metal/self_check.h"

#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/exit.h"
#include "boot/metal/fault.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/text.h"

namespace perdure::metal {
namespace {
bool wanted = false;
}

void want_self_check() { wanted = true; }

void self_check() {
  if (!wanted) return;
  InterruptGuard guard;
  const AuditResult result = audit(machine_tables);
  Line line;
  line << "self-check: " << result.pages << " mappings, " << result.violations << " writable and executable";
  log_line(line.view());
  if (!result.violations) return;
  line.clear();
  line << "perdure: self-check failed: a page is writable and executable: " << Hex{result.first_violation, 16};
  error_line(line.view());
  shut_down(kExitSoftware);
}

}  // namespace perdure::metal
