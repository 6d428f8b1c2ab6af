// How a world begins: the descriptor that hosts find at its first bytes, and the two entries it names.
//
// Cold: the heap, the stubs, the primitives; then the files of the world's library are compiled and run in order, and
// the result is saved: the base world. Resume: everything is there; the host's table is new, and the world's `main`
// hook decides what to do.
#include <cstring>
#include <string>
#include <vector>

#include "boot/abi/world.h"
#include "compiler/compile.h"
#include "compiler/compiler_primitives.h"
#include "compiler/expand.h"
#include "compiler/primitive_values.h"
#include "compiler/stubs.h"
#include "runtime/build_id.h"
#include "runtime/clock.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/data/conditions.h"
#include "runtime/foreign/call.h"
#include "runtime/global.h"
#include "runtime/heap.h"
#include "runtime/heap_start.h"
#include "runtime/io/port.h"
#include "runtime/io/read_text.h"
#include "runtime/machine.h"
#include "runtime/numbers/random.h"
#include "runtime/object.h"
#include "runtime/process/process.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"
#include "runtime/store.h"
#include "runtime/support/start.h"

namespace perdure::compiler {
namespace {

using namespace runtime;

void bind(const Primitive& primitive) {
  Global* global = system_global(primitive.name);
  global->integrable = &primitive;   // so that its own code may be in line
  const Value procedure = procedure_of(primitive);
  set_global(global, procedure);
  global->integrable = &primitive;
}

void bind_stub(std::string_view name, std::uint64_t entry) {
  set_global(system_global(name), make_stub_procedure(entry));
}

void bind_primitives() {
  for (const auto table : primitive_tables())
    for (const Primitive& each : table) bind(each);
  for (const Primitive& each : expander_primitives()) bind(each);
  for (const Primitive& each : compiler_primitives()) bind(each);
  for (const Primitive& each : code_primitives()) bind(each);
  bind_stub("call-with-current-continuation", stubs.call_with_current_continuation);
  bind_stub("call/cc", stubs.call_with_current_continuation);
  bind_stub("%apply", stubs.apply_list);
  bind_stub("%apply-values", stubs.apply_values);
  bind_stub("%suspend", stubs.suspend);
}

// What has to be right again whenever a host takes the world over.
void attach(const abi::Platform* host) {
  platform = host;
  start_stack();
  tune_heap();
  machine.events.pending = 0;
  machine.events.poll_word = &machine.stack_limit;
  host->set_event_page(&machine.events);
  std::uint8_t seed[32];
  if (host->entropy(seed, sizeof seed) >= 0) seed_random(seed, sizeof seed);
}

// --- the cold start ------------------------------------------------------------------------------------------------------
std::vector<std::string> arguments_after(std::string_view option) {
  std::vector<std::string> found;
  const char* at = platform->request->arguments;
  const char* end = at + platform->request->arguments_size;
  while (at < end) {
    const std::string_view name = at;
    at += name.size() + 1;
    if (at >= end) break;
    if (name == option) found.emplace_back(at);
    if (name == option) at += found.back().size() + 1;
  }
  return found;
}

std::string read_text_file(const std::string& path) {
  abi::FileInfo info;
  if (platform->file_info(path.data(), path.size(), &info) < 0) panic(("no such file: " + path).c_str());
  std::string text(info.size, '\0');
  const abi::Status file = platform->file_open(path.data(), path.size(), abi::kFileRead);
  if (file < 0) panic(("cannot open: " + path).c_str());
  std::uint64_t done = 0;
  while (done < text.size()) {
    const abi::Status count = platform->file_read(file, done, text.data() + done, text.size() - done);
    if (count <= 0) panic(("cannot read: " + path).c_str());
    done += static_cast<std::uint64_t>(count);
  }
  platform->file_close(file);
  return text;
}

// The order of the library's files is the library's own business: the file load-order beside them.
std::vector<std::string> library_files() {
  const auto given = arguments_after("--load");
  if (given.empty()) panic("cold start: no library to load");
  const std::string folder = given[0].substr(0, given[0].rfind('/') + 1);
  std::vector<std::string> files;
  const std::string order = read_text_file(folder + "load-order");
  for (std::size_t at = 0; at < order.size();) {
    const std::size_t end = std::min(order.find('\n', at), order.size());
    std::string name = order.substr(at, end - at);
    if (!name.empty() && name[0] != '#') files.push_back(folder + name + ".scm");
    at = end + 1;
  }
  return files;
}

void load(const std::string& path) {
  const Value name = make_string_utf8(path);
  const Value map = SourceMap::create(name);
  Value forms = read_file_forms("load", name, false, map);
  if (forms == kRaise) report_early_condition();
  for (; forms.is_pair(); forms = cdr(forms)) {
    const Value thunk = compile(car(forms), system_environment(), map);
    if (thunk == kRaise) report_early_condition();
    stubs.enter(thunk);
  }
}

void save_base() {
  const auto names = arguments_after("--save");
  if (names.size() != 1) panic("cold start: no name to save the base world under");
  if (save_world(names[0]) < 0) panic("cold start: cannot write the base world");
}

[[noreturn]] void cold_start(const abi::Platform* host) {
  platform = host;
  run_static_constructors();
  for (Value& hook : machine.hooks) hook = kFalse;
  machine.saved_continuation = machine.answer = machine.attempt = kFalse;
  start_heap();
  start_arguments();
  if (!prepare_conditions()) panic("cold start: no memory");
  if (!install_stubs()) panic("cold start: no room for code");
  attach(host);
  bind_primitives();
  for (const std::string& each : library_files()) load(each);
  keep_code_for_good();
  save_base();
  host->exit(0);
}

[[noreturn]] void resume(const abi::Platform* host) {
  resume_heap();
  attach(host);
  ++machine.resume_count;
  machine.atomic = 1;  // until the main hook has seen what this host wants
  resume_clock();
  resume_processes();
  renew_console_input();
  if (machine.hooks[kHookMain] == kFalse) panic("this world has no main procedure");
  stubs.enter(machine.hooks[kHookMain]);
  host->exit(0);
}

// --- fault reports -------------------------------------------------------------------------------------------------------
std::uint64_t describe_address(std::uint64_t address, char* buffer, std::uint64_t capacity) {
  if (capacity == 0) return 0;
  buffer[0] = 0;
  const CodeRecord* code = find_code(address);
  if (code == nullptr || !is_symbol(code->name)) return 0;
  const auto* name = as<String>(as<Symbol>(code->name)->name);
  std::uint64_t length = 0;
  for (; length < header_length(name->header) && length + 1 < capacity; ++length)
    buffer[length] = name->chars[length] < 127 ? static_cast<char>(name->chars[length]) : '?';
  buffer[length] = 0;
  return length;
}

// Faults of foreign code end its call. For others (C++ that recursed too deep) there is no way back that keeps the world's data
// whole, so the report is the answer.
std::uint64_t fault_recovery(std::uint64_t ip, std::uint64_t address, std::uint64_t vector) {
  return foreign_fault_recovery(ip, address, vector);
}

}  // namespace
}  // namespace perdure::compiler

extern "C" {
[[gnu::section(".descriptor"), gnu::used]] extern const perdure::abi::WorldDescriptor world_descriptor_block = {
    perdure::abi::kDescriptorMagic,
    perdure::abi::kAbiVersion,
    sizeof(perdure::abi::WorldDescriptor),
    perdure::compiler::cold_start,
    perdure::compiler::resume,
    perdure::compiler::describe_address,
    perdure::compiler::fault_recovery,
    PERDURE_BUILD_ID,
};
}
