// The same machine, and its world from the file once more: after a rollback.
#pragma once

namespace perdure::metal {

// Forgets the world's memory and all that the platform table keeps for it, and resumes what the file has now, with an empty
// list of arguments. With interrupts off.
[[noreturn]] void restart_world();

}  // namespace perdure::metal
