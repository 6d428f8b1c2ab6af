#include "runtime/io/port_arguments.h"

#include "runtime/condition.h"
#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

std::string_view expectation(bool input, Content content) {
  if (content == Content::kText) return input ? "textual input port" : "textual output port";
  if (content == Content::kBytes) return input ? "binary input port" : "binary output port";
  return input ? "an input port" : "an output port";
}

bool fits(const Port* port, bool input, Content content) {
  return port->is_input == input && (content == Content::kAny || (content == Content::kText ? port->is_textual : port->carries_bytes()));
}

Port* take(std::string_view who, int position, Value v, bool input, Content content) {
  if (v == kDefault) {
    v = current_port(input ? CurrentPort::kInput : CurrentPort::kOutput);
    if (v == kRaise) return nullptr;
  }
  if (!is_port(v) || !fits(as_port(v), input, content)) {
    wrong_type(who, position, expectation(input, content), v);
    return nullptr;
  }
  Port* port = as_port(v);
  if (!port->is_open) {
    fail("io-error", who, "the port is closed:", {v});
    return nullptr;
  }
  if (port->is_closed_by_restore()) {
    fail("closed-by-restore", who, "the port was closed when the world went on elsewhere:", {port->name});
    return nullptr;
  }
  return port;
}

}  // namespace

Port* take_input_port(std::string_view who, int position, Value v, Content content) {
  return take(who, position, v, true, content);
}

Port* take_output_port(std::string_view who, int position, Value v, Content content) {
  return take(who, position, v, false, content);
}

Port* take_port(std::string_view who, int position, Value v) {
  if (is_port(v)) return as_port(v);
  wrong_type(who, position, "port", v);
  return nullptr;
}

}  // namespace perdure::runtime
