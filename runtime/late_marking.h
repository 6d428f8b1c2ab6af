// What is marked once the collector has marked from the roots, before anything is reclaimed: what lives only because two
// other things do.
#pragma once

#include "runtime/value.h"

namespace perdure::runtime {

// Once, at cold start, when the collector has started.
void start_late_marking();
// The object of the collector's that the value points to, or null.
void* collected_object(Value v);
// Marks it, with all that it reaches.
void mark_late(Value v);

// --- ephemerons.cpp: E2
void begin_ephemerons();
bool mark_data_of_ephemerons();   // true: some were not marked before
void settle_ephemerons();

}  // namespace perdure::runtime
