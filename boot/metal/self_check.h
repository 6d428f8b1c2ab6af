// The check of W^X on the tables in use (page_tables.h, audit): at the start and at the end of a run that asks for it.
#pragma once

namespace perdure::metal {

void want_self_check();
// Looks at every page of every table, kernel and world, and logs how many; ends the run if one is writable and executable.
// Does nothing unless wanted.
void self_check();

}  // namespace perdure::metal
