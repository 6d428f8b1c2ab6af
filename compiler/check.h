// What has to hold between two passes. A build with PERDURE_CHECK_PASSES looks after every pass and stops at the first
// thing that does not; the unit tests do so always.
#pragma once

#include <string>

#include "compiler/core.h"
#include "compiler/ir.h"

namespace perdure::compiler {

// What is wrong with a program; empty: nothing.
//   C1  Every variable is bound once, and mentioned only where it is bound.
//   C2  What is set! says so (Variable::assigned); scratch fields are null.
//   C3  No part is missing, no begin is empty, no node stands in two places.
//   C4  After fix_letrec, a letrec* binds procedures that nobody assigns.
std::string check_core(const Node* program, bool letrec_is_fixed);

//   I1  A local is one of its body's, is bound once on every path to it, and is mentioned only where it is bound.
//   I2  A goto stands where its loop's value is answered, and brings a value for each parameter.
//   I3  A known call fits the body it enters, which knows of it; a closure captures what its function wants.
//   I4  Each operation has the parts it takes.
//   I5  After infer_types, types of constants are true, what a label or a procedure is given is what its parameters say, and
//       what cannot overflow is computed from fixnums.
//   I6  After find_liveness, an expression's set holds all locals of outer bindings that it mentions.
//   I7  No expression stands in two places: where it stands decides what is known.
std::string check_ir(Function* toplevel);
std::string check_body(const Function& function, const Body& body, bool typed, bool live);

#ifdef PERDURE_CHECK_PASSES
// Stops the world when a check fails.
void must_hold(const char* pass, const std::string& what);
#define PERDURE_CHECK_PASS(pass, check) ::perdure::compiler::must_hold(pass, check)
#else
#define PERDURE_CHECK_PASS(pass, check) void(0)
#endif

}  // namespace perdure::compiler
