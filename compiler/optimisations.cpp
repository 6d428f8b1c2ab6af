#include "compiler/optimisations.h"

#include "runtime/data/lists.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {

static_assert(kOptimisationNames.size() == static_cast<std::size_t>(Optimisation::kProcedureTypes) + 1);

Disabled::Disabled(runtime::Value names) : before_(detail::disabled) {
  detail::disabled = 0;
  runtime::ListWalk walk(names);
  for (runtime::Value name; walk.next(&name);)
    for (std::size_t i = 0; i < kOptimisationNames.size(); ++i)
      if (name == runtime::intern(kOptimisationNames[i])) detail::disabled |= 1u << i;
}

}  // namespace perdure::compiler
