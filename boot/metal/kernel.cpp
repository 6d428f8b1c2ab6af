// The start of the machine, as a list: what exists after each step is said beside it.
#include "boot/abi/world.h"
#include "boot/metal/apic.h"
#include "boot/metal/boot_info.h"
#include "boot/metal/checkpoint.h"
#include "boot/metal/clock.h"
#include "boot/metal/console.h"
#include "boot/metal/control.h"
#include "boot/metal/cpu.h"
#include "boot/metal/devices.h"
#include "boot/metal/domain.h"
#include "boot/metal/entropy.h"
#include "boot/metal/exit.h"
#include "boot/metal/fault.h"
#include "boot/metal/files.h"
#include "boot/metal/frames.h"
#include "boot/metal/fw_cfg.h"
#include "boot/metal/interrupts.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/machine_check.h"
#include "boot/metal/pager.h"
#include "boot/metal/platform_table.h"
#include "boot/metal/self_check.h"
#include "boot/metal/serial.h"
#include "boot/metal/start_log.h"
#include "boot/metal/text.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"

extern "C" const char image_physical_begin[], image_physical_end[];

namespace perdure::metal {
namespace {

constexpr std::uint64_t kEarlyReach = std::uint64_t{4} << 30;   // what start.asm maps

constinit BootInfo boot_info;

void require(bool condition, const char* otherwise) {
  if (!condition) panic(otherwise);
}

template <std::size_t kSize>
std::string_view read_config_text(std::string_view name, char (&buffer)[kSize]) {
  std::uint64_t size = read_config(find_config(name), 0, buffer, kSize);
  while (size && !buffer[size - 1]) --size;
  return {buffer, size};
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  for (char c : text)
    if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
  return value;
}

// Words for the kernel itself come from its command line or, where a boot menu owns that, from fw_cfg.
void read_options() {
  char buffer[256];
  const std::string_view told = read_config_text("opt/perdure/kernel", buffer);
  set_verbose(boot_info.has_word("verbose") || has_word(told, "verbose"));
  if (boot_info.has_word("self-check") || has_word(told, "self-check")) want_self_check();
}

// The tool is there if it configured the console. It may ask for a marker: firmware and GRUB may have written to COM1
// and COM2 before us; what comes after the marker is ours.
void meet_the_tool() {
  if (!find_config("opt/perdure/console")) return;
  if (serial2.present()) connect_control();
  char marker[128];
  const std::string_view text = read_config_text("opt/perdure/marker", marker);
  serial1.write(text.data(), text.size());
  serial2.write(text.data(), text.size());
}

void start_input() {
  route_isa_irq(4, kSerial1Vector);
  route_isa_irq(3, kSerial2Vector);
  set_handler(kSerial1Vector, [] { serial1.on_interrupt(); });
  set_handler(kSerial2Vector, [] { serial2.on_interrupt(); });
  abi::Console told{};
  const bool have = read_config(find_config("opt/perdure/console"), 0, &told, sizeof told) == sizeof told;
  start_console_input(have ? &told : nullptr);
}

// The first touch of the world, made here and not by a fault, because a page that is not in the file would be reported as one.
bool has_descriptor() {
  const FaultAnswer answer = resolve_page_fault(abi::kWorldBase, 0);
  if (answer == FaultAnswer::kDamaged) shut_down(kExitData);       // said already
  if (answer != FaultAnswer::kResolved) return false;
  const auto* descriptor = abi::world_descriptor();
  return descriptor->magic == abi::kDescriptorMagic && descriptor->abi_version == abi::kAbiVersion &&
         descriptor->size >= sizeof(abi::WorldDescriptor);
}

constexpr std::uint64_t mebibytes_above(std::uint64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; }

void open_world() {
  char name[240];
  char generation[32];
  const auto wanted = static_cast<std::uint64_t>(number(read_config_text("opt/perdure/generation", generation)));
  if (!open_world_file(boot_info.module, read_config_text("opt/perdure/world", name), wanted)) shut_down(kExitData);
  if (world_is_writable()) require(start_checkpoints(), "too little memory to keep the world");
  char memory[32];
  if (!start_world_memory(static_cast<std::uint64_t>(number(read_config_text("opt/perdure/memory", memory))))) {
    Line line;
    line << "perdure: " << world_name() << ": it needs " << mebibytes_above(counted_bytes())
         << " MiB of memory; the limit is " << memory_limit_bytes() / (1 << 20) << " MiB";
    error_line(line.view());
    shut_down(kExitSoftware);
  }
  world_is_mapped();
  if (has_descriptor()) return;
  Line line;
  line << "perdure: " << world_name() << ": it is not a world: it has no descriptor of this version";
  error_line(line.view());
  shut_down(kExitData);
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(Loader loader, std::uint64_t information, std::uint64_t entry_tsc) {
  start_log(entry_tsc);
  start_descriptors();                                           // exceptions end in a report
  start_console_output();                                        // error lines can be seen
  require(read_boot_info(loader, {information}, &boot_info), "the boot loader told of no memory");
  frames.start(boot_info, {reinterpret_cast<std::uint64_t>(image_physical_begin)},
               {reinterpret_cast<std::uint64_t>(image_physical_end)}, kEarlyReach);   // physical pages can be had
  require(start_kernel_space(boot_info), "too little memory for page tables");        // our own tables; W^X from here on
  require(guard_interrupt_stacks() && start_fault_reports(), "too little memory for stacks");
  hear_of_machine_checks();
  note_start("its own page tables");
  start_config();                                                // what the tool handed over can be read
  meet_the_tool();                                               // error lines and log go where they should
  read_options();
  note_start("having read its options");
  require(start_apic(), "too little memory for the interrupt controller");
  start_clock();                                                 // time passes
  find_devices();                                                // disk, shares, entropy
  note_start("having found its devices");
  open_world();                                                  // the world's memory is there, though nothing is in it
  note_start("having opened the world");
  require(start_domains(), "too little memory for domains");     // ring 3 can be entered
  start_files();
  const abi::Platform* platform = make_platform(boot_info);
  require(platform, "too little memory for the boot request");
  char time[32];
  set_date(number(read_config_text("opt/perdure/realtime", time)));   // it is known what time it is
  start_entropy();
  start_input();                                                 // bytes and events arrive
  note_start("entering the world");
  self_check();
  log_start();
  enter_world(reinterpret_cast<void (*)(const void*)>(abi::world_descriptor()->resume), platform, abi::kRuntimeStackTop);
}

}  // namespace perdure::metal
