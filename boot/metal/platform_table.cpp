#include "boot/metal/platform_table.h"

#include "boot/abi/world.h"
#include "boot/metal/checkpoint.h"
#include "boot/metal/clock.h"
#include "boot/metal/console.h"
#include "boot/metal/domain.h"
#include "boot/metal/entropy.h"
#include "boot/metal/events.h"
#include "boot/metal/exit.h"
#include "boot/metal/files.h"
#include "boot/metal/fw_cfg.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/save.h"
#include "boot/metal/self_check.h"
#include "boot/metal/world_memory.h"

extern "C" {
std::uint64_t kernel_stack_top;
}

// The bodies; platform_entry.asm has the ways in.
namespace perdure::metal {
extern "C" {

using abi::Status;

Status platform_stream_read(void* buffer, std::uint64_t capacity) { return console_read(buffer, capacity); }
Status platform_stream_write(std::uint32_t stream, const void* bytes, std::uint64_t count) { return console_write(stream, bytes, count); }
Status platform_console(abi::Console* out) { return console_info(out); }
Status platform_console_raw(std::uint32_t raw) { return console_set_raw(raw); }
void platform_log(const char* text, std::uint64_t length) { log_line({text, length}); }
void platform_set_event_page(abi::EventPage* page) { set_event_page(page); }
std::uint64_t platform_wait(std::uint64_t mask, std::uint64_t deadline_ns) { return wait_for_events(mask, deadline_ns); }
std::uint64_t platform_monotonic_ns() { return monotonic_ns(); }
std::int64_t platform_realtime_ns() { return realtime_ns(); }
std::uint64_t platform_processor_ns() { return processor_ns(); }
Status platform_timer_set(std::uint64_t deadline_ns) {
  set_timer_deadline(deadline_ns);
  return abi::kOk;
}
Status platform_pages_commit(std::uint64_t start, std::uint64_t size, std::uint32_t protection) { return commit_pages(start, size, protection); }
Status platform_pages_protect(std::uint64_t start, std::uint64_t size, std::uint32_t protection) { return protect_pages(start, size, protection); }
Status platform_pages_release(std::uint64_t start, std::uint64_t size) { return release_pages(start, size); }
Status platform_code_write(std::uint64_t destination, const void* bytes, std::uint64_t count) { return write_code(destination, bytes, count); }
std::uint64_t platform_memory_limit() { return memory_limit_bytes(); }
Status platform_changed_pages(std::uint64_t start, std::uint64_t size, std::uint64_t* bits) { return changed_pages(start, size, bits); }
Status platform_file_open(const char* path, std::uint64_t length, std::uint32_t mode) { return open_file(path, length, mode); }
Status platform_file_read(Status file, std::uint64_t offset, void* buffer, std::uint64_t count) { return read_file(file, offset, buffer, count); }
Status platform_file_write(Status file, std::uint64_t offset, const void* bytes, std::uint64_t count) { return write_file(file, offset, bytes, count); }
Status platform_file_close(Status file) { return close_file(file); }
Status platform_file_info(const char* path, std::uint64_t length, abi::FileInfo* out) { return file_info(path, length, out); }
Status platform_file_delete(const char* path, std::uint64_t length) { return delete_file(path, length); }
Status platform_file_rename(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length) {
  return rename_file(from, from_length, to, to_length);
}
Status platform_save_world(const abi::SaveRequest* request) { return save_world(request); }
Status platform_checkpoint(const abi::SaveRequest* request) { return checkpoint(request); }
Status platform_store_state(abi::StoreState* out) { return store_state(out); }
Status platform_generations(abi::GenerationInfo* out, std::uint64_t capacity) { return generations(out, capacity); }
Status platform_keep_generation(std::uint64_t number, std::uint32_t kept) { return keep_generation(number, kept); }
Status platform_rollback(std::uint64_t number) { return rollback(number); }
Status platform_entropy(void* buffer, std::uint64_t count) {
  fill_random(buffer, count);
  return abi::kOk;
}
Status platform_domain_create(std::uint64_t slot) { return create_domain(slot); }
Status platform_domain_map(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  return map_domain(slot, start, size, protection);
}
Status platform_domain_read(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count) {
  return read_domain(slot, address, buffer, count);
}
Status platform_domain_write(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading) {
  return write_domain(slot, address, bytes, count, loading);
}
Status platform_domain_run(std::uint64_t slot, abi::DomainState* state) { return run_domain(slot, state); }
Status platform_domain_audit(std::uint64_t slot, abi::DomainAudit* out) { return audit_of_domain(slot, out); }
Status platform_domain_destroy(std::uint64_t slot) { return destroy_domain(slot); }
[[noreturn]] void platform_exit(std::uint32_t status) {
  finish_checkpoint();
  self_check();
  shut_down(status & 0xff);
}

Status enter_stream_read(void*, std::uint64_t);
Status enter_stream_write(std::uint32_t, const void*, std::uint64_t);
Status enter_console(abi::Console*);
Status enter_console_raw(std::uint32_t);
void enter_log(const char*, std::uint64_t);
void enter_set_event_page(abi::EventPage*);
std::uint64_t enter_wait(std::uint64_t, std::uint64_t);
std::uint64_t enter_monotonic_ns();
std::int64_t enter_realtime_ns();
std::uint64_t enter_processor_ns();
Status enter_timer_set(std::uint64_t);
Status enter_pages_commit(std::uint64_t, std::uint64_t, std::uint32_t);
Status enter_pages_protect(std::uint64_t, std::uint64_t, std::uint32_t);
Status enter_pages_release(std::uint64_t, std::uint64_t);
Status enter_code_write(std::uint64_t, const void*, std::uint64_t);
std::uint64_t enter_memory_limit();
Status enter_changed_pages(std::uint64_t, std::uint64_t, std::uint64_t*);
Status enter_file_open(const char*, std::uint64_t, std::uint32_t);
Status enter_file_read(Status, std::uint64_t, void*, std::uint64_t);
Status enter_file_write(Status, std::uint64_t, const void*, std::uint64_t);
Status enter_file_close(Status);
Status enter_file_info(const char*, std::uint64_t, abi::FileInfo*);
Status enter_file_delete(const char*, std::uint64_t);
Status enter_file_rename(const char*, std::uint64_t, const char*, std::uint64_t);
Status enter_save_world(const abi::SaveRequest*);
Status enter_checkpoint(const abi::SaveRequest*);
Status enter_store_state(abi::StoreState*);
Status enter_generations(abi::GenerationInfo*, std::uint64_t);
Status enter_keep_generation(std::uint64_t, std::uint32_t);
Status enter_rollback(std::uint64_t);
Status enter_entropy(void*, std::uint64_t);
Status enter_domain_create(std::uint64_t);
Status enter_domain_map(std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t);
Status enter_domain_read(std::uint64_t, std::uint64_t, void*, std::uint64_t);
Status enter_domain_write(std::uint64_t, std::uint64_t, const void*, std::uint64_t, std::uint32_t);
Status enter_domain_run(std::uint64_t, abi::DomainState*);
Status enter_domain_audit(std::uint64_t, abi::DomainAudit*);
Status enter_domain_destroy(std::uint64_t);
[[noreturn]] void enter_exit(std::uint32_t);

}  // extern "C"

namespace {

constexpr unsigned kStackPages = 32;
constinit abi::BootRequest request{"", 0, "", 0};

constinit abi::Platform platform{
    .abi_version = abi::kAbiVersion,
    .size = sizeof(abi::Platform),
    .host_name = "metal",
    .request = &request,
    .stream_read = enter_stream_read,
    .stream_write = enter_stream_write,
    .console = enter_console,
    .console_raw = enter_console_raw,
    .log = enter_log,
    .set_event_page = enter_set_event_page,
    .wait = enter_wait,
    .monotonic_ns = enter_monotonic_ns,
    .realtime_ns = enter_realtime_ns,
    .processor_ns = enter_processor_ns,
    .timer_set = enter_timer_set,
    .pages_commit = enter_pages_commit,
    .pages_protect = enter_pages_protect,
    .pages_release = enter_pages_release,
    .code_write = enter_code_write,
    .memory_limit = enter_memory_limit,
    .changed_pages = enter_changed_pages,
    .file_open = enter_file_open,
    .file_read = enter_file_read,
    .file_write = enter_file_write,
    .file_close = enter_file_close,
    .file_info = enter_file_info,
    .file_delete = enter_file_delete,
    .file_rename = enter_file_rename,
    .save_world = enter_save_world,
    .checkpoint = enter_checkpoint,
    .store_state = enter_store_state,
    .generations = enter_generations,
    .keep_generation = enter_keep_generation,
    .rollback = enter_rollback,
    .entropy = enter_entropy,
    .domain_create = enter_domain_create,
    .domain_map = enter_domain_map,
    .domain_read = enter_domain_read,
    .domain_write = enter_domain_write,
    .domain_run = enter_domain_run,
    .domain_audit = enter_domain_audit,
    .domain_destroy = enter_domain_destroy,
    .exit = enter_exit,
};

// The content of a handed-over file, kept for good. Empty if there is none.
bool keep_config(std::string_view name, const char** text, std::uint64_t* size) {
  const ConfigFile file = find_config(name);
  if (!file || !file.size) return true;
  const PhysicalAddress pages = frames.allocate_contiguous(file.size / kPageSize + 1);
  if (!pages.value) return false;
  *size = read_config(file, 0, direct(pages), file.size);
  *text = direct<const char>(pages);
  return true;
}

// What follows "--", with blanks turned into the zeros that end the strings.
void take_command_line(std::string_view line) {
  static char arguments[BootInfo::kMaxCommandLine + 1];
  const std::size_t at = line.find("-- ");
  if (at == std::string_view::npos) return;
  std::uint64_t size = 0;
  for (char c : line.substr(at + 3)) {
    if (c != ' ') arguments[size++] = c;
    else if (size && arguments[size - 1]) arguments[size++] = 0;
  }
  if (size && arguments[size - 1]) arguments[size++] = 0;
  request.arguments = arguments;
  request.arguments_size = size;
}

}  // namespace

const abi::Platform* platform_for_resumed_world() {
  request.arguments_size = 0;
  return &platform;
}

const abi::Platform* make_platform(const BootInfo& info) {
  kernel_stack_top = make_kernel_stack(kStackPages);
  take_command_line(info.arguments());
  const bool kept = keep_config("opt/perdure/arguments", &request.arguments, &request.arguments_size) &&
                    keep_config("opt/perdure/environment", &request.environment, &request.environment_size);
  return kernel_stack_top && kept ? &platform : nullptr;
}

}  // namespace perdure::metal
