// Every family of primitives of the runtime.
#include "runtime/control.h"
#include "runtime/data/data.h"
#include "runtime/data/equality.h"
#include "runtime/data/hash_table.h"
#include "runtime/data/lists.h"
#include "runtime/data/records.h"
#include "runtime/data/symbols.h"
#include "runtime/data/text.h"
#include "runtime/foreign/foreign.h"
#include "runtime/io/io_primitives.h"
#include "runtime/numbers/primitives.h"
#include "runtime/primitive.h"
#include "runtime/process/process.h"
#include "runtime/sandbox/sandbox.h"
#include "runtime/store.h"
#include "runtime/system.h"

namespace perdure::runtime {

std::span<const std::span<const Primitive>> primitive_tables() {
  static const std::span<const Primitive> kTables[] = {
      pairs_primitives(),         lists_primitives(),          list_search_primitives(), equality_primitives(),
      symbols_primitives(),       chars_primitives(),          strings_primitives(),     string_case_primitives(),
      string_conversion_primitives(), string_search_primitives(), graphemes_primitives(),
      vectors_primitives(),       bytevectors_primitives(),    boxes_primitives(),       ephemerons_primitives(),
      records_primitives(),       conditions_primitives(),     hash_tables_primitives(),
      arithmetic_primitives(),    number_class_primitives(),   integer_primitives(),     bitwise_primitives(),
      fixnum_primitives(),         flonum_primitives(),        flonum_function_primitives(), rounding_primitives(),
          transcendental_primitives(), complex_primitives(),
      number_text_primitives(),   random_primitives(),
      input_primitives(),         output_primitives(),         port_primitives(),        control_primitives(),
      system_primitives(),        store_primitives(),          process_primitives(),       sandbox_primitives(),
      sandbox_call_primitives(),
      foreign_primitives(),
  };
  return kTables;
}

}  // namespace perdure::runtime
