// Reading text and data from textual ports: the bodies of read-char, read-line, read-string and read.
#pragma once

#include <string_view>

#include "runtime/io/port.h"

namespace perdure::runtime {

// Each answers a value, kEof, kWouldBlock (nothing consumed; ask again when there is input) or kRaise.
Value read_char(Port* port, std::string_view who);
Value peek_char(Port* port, std::string_view who);   // also leaves an end of input for the next read
Value read_line(Port* port, std::string_view who);
Value read_string(Port* port, std::uint64_t count, std::string_view who);
// A datum. `source_map`: a SourceMap or #f. After kWouldBlock, a call with `again` goes on where this one stopped.
Value read_datum(Port* port, Value source_map, bool again, std::string_view who);

// What a reading procedure answers at the end of input. On a console there may be more later.
Value end_of_input(Port* port);
// kWouldBlock or kRaise, of a fill that brought nothing.
Value no_input(Fill fill);

// All forms of a file as a list, or kRaise.
Value read_file_forms(Value path, bool fold_case);
Value read_file_forms(std::string_view who, Value path, bool fold_case, Value source_map);

}  // namespace perdure::runtime
