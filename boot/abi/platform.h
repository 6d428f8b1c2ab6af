// The platform table: all that a world may ask of the host that runs it.
//
// A host fills one table and hands it to the world's entry points (world.h). Everything a world does to the
// outside goes through it, so any host that provides the table can run any world of the same ABI version.
//
// Rules that hold for every function:
//   - System V AMD64 calling convention; called on the runtime stack (address_map.h), never re-entered.
//   - A result of type Status is >= 0 on success (often a count) or one of the negative errors below.
//   - No function keeps a pointer into the world after it returns, but for the event page.
//   - Strings are UTF-8 with a length; they need no terminating zero.
//   - A host does not call into the world, but for the entry points of world.h.
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"

namespace perdure::abi {

using Status = std::int64_t;

enum Error : Status {
  kOk = 0,
  kWouldBlock = -1,       // nothing there yet; wait() tells when
  kNoMemory = -2,         // the host's memory, or the limit set by --memory, is used up
  kNotFound = -3,         // no such file
  kDenied = -4,           // exists, but the host does not let the world have it
  kInvalid = -5,          // an argument is out of its documented range
  kIo = -6,               // the device or the host's system failed
  kExists = -7,
  kNoSpace = -8,          // disk full
  kIsDirectory = -9,
  kNotDirectory = -10,
  kNoFileSystem = -11,    // this host was given no directory to serve files from
  kTooManyFiles = -12,    // no handle is free: close one
};

enum Protection : std::uint32_t {
  kProtNone = 0,
  kProtRead = 1,
  kProtWrite = 2,
  kProtExecute = 4,       // never together with kProtWrite: a host answers kInvalid
};

enum Stream : std::uint32_t { kInput = 0, kOutput = 1, kErrorOutput = 2 };

// Bits of EventPage::pending and of the answer of wait().
enum Event : std::uint64_t {
  kEventInput = 1,        // standard input can be read without blocking, or is at its end
  kEventTimer = 2,        // the deadline of timer_set() has passed
  kEventInterrupt = 4,    // the user asked to stop what is running (Ctrl-C)
  kEventResize = 8,       // console() may now answer differently
  kEventTerminate = 16,   // the host was told to end; the world should exit soon
  kEventStore = 32,       // what checkpoint() or save_world() began is on the disk, or has failed: store_state() tells
};

// One cache line in the world's memory, written by the host at any moment (signal handler, interrupt), read by the
// world at safe points. To post an event the host does, in this order:
//     atomic or of the bits into `pending`;  store ~0 to `*poll_word`.
// The world clears `pending` with an atomic exchange. `poll_word` is the stack limit that compiled code compares
// with at every call and loop, so that a post makes the next safe point take its slow path.
struct alignas(64) EventPage {
  std::uint64_t pending;
  volatile std::uint64_t* poll_word;
  std::uint64_t reserved[6];
};
static_assert(sizeof(EventPage) == 64);

enum ConsoleFlag : std::uint32_t {
  kConsoleInputTerminal = 1,   // standard input is typed by a person
  kConsoleOutputTerminal = 2,  // standard output is seen by a person
  kConsoleAnsi = 4,            // both are one terminal that is not dumb: the world may edit lines with ANSI sequences
  kConsoleOneOutput = 8,       // output and error output lead to one place, where their order must be kept
};
struct Console {
  std::uint32_t flags;     // of ConsoleFlag
  std::uint16_t columns;   // 0: unknown
  std::uint16_t rows;
};

enum FileMode : std::uint32_t {
  kFileRead = 1,
  kFileWrite = 2,
  kFileCreate = 4,         // create if absent
  kFileTruncate = 8,
  kFileExclusive = 16,     // with kFileCreate: kExists if it is there
};

struct FileInfo {
  std::uint64_t size;          // bytes
  std::int64_t modified_ns;    // since 1970-01-01 UTC
  std::uint32_t is_directory;
  std::uint32_t reserved;
};

enum RangeFlag : std::uint32_t {
  kRangeUnused = 1,       // a hint: what the pages hold does not matter to the world. They come back, with contents of any age
};

// One run of pages to be saved: [start, start + size) with its protection. Runs are page aligned, ascending,
// disjoint. Pages that hold only zeros are left out of the file and come back as zeros.
struct SaveRange {
  std::uint64_t start;
  std::uint64_t size;
  std::uint32_t protection;
  std::uint32_t flags;         // of RangeFlag
};
struct SaveRequest {
  const char* name;            // the file, as for file_open
  std::uint64_t name_length;
  const SaveRange* ranges;
  std::uint64_t range_count;
  const char* note;            // free text kept with the generation
  std::uint64_t note_length;
};

// How the file stands that the world came from; and of save_world(), of whatever world.
struct StoreState {
  std::uint64_t committed;     // number of the newest generation that would survive a power cut
  std::uint64_t pending;       // of the one being written; 0: none
  Status last;                 // how the last checkpoint() ended: kOk, or why it failed and left the file as it was
  std::uint64_t stopped_ns;    // how long that call kept the world from running
  std::uint64_t pages_written; // by it, in the background; those that turned out unchanged are not among them
  std::uint64_t free_pages;    // of 4 KiB that can still be written; what the file can grow by counts
  std::uint32_t writable;      // 0: the host keeps nothing of this run
  std::uint32_t saving;        // 1: a complete file is being written
  Status saved;                // how the last one ended: kOk, or why there is none
};

enum GenerationFlag : std::uint32_t { kGenerationKept = 1 };   // never dropped to make room

// One retained state of the world.
struct GenerationInfo {
  std::uint64_t number;        // ascending with time
  std::int64_t created_ns;     // since 1970-01-01 UTC
  std::uint64_t parent;        // 0: none
  std::uint64_t page_count;    // pages of the world, of 4 KiB
  std::uint64_t pages_changed; // since the parent
  std::uint32_t flags;         // of GenerationFlag
  std::uint32_t note_length;
  char note[176];              // UTF-8
};

// What the user asked for on the command line, already free of what concerns the host alone. The strings of
// `arguments` and `environment` each end in a zero byte and follow one another.
struct BootRequest {
  const char* arguments;       // e.g. "--load\0a.scm\0--repl\0"
  std::uint64_t arguments_size;
  const char* environment;     // e.g. "TERM=xterm\0"
  std::uint64_t environment_size;
};

struct Platform {
  std::uint32_t abi_version;   // kAbiVersion of world.h
  std::uint32_t size;          // sizeof(Platform)
  const char* host_name;       // "metal", "hosted": for people only; a world must not depend on it
  const BootRequest* request;

  // --- console -----------------------------------------------------------------------------------------------
  // Up to `capacity` bytes without blocking: a count, 0 at end of input, or kWouldBlock.
  Status (*stream_read)(void* buffer, std::uint64_t capacity);
  // Writes all bytes (waiting for the device as needed) to kOutput or kErrorOutput.
  Status (*stream_write)(std::uint32_t stream, const void* bytes, std::uint64_t count);
  Status (*console)(Console* out);
  // raw = 1: keys arrive one by one and unechoed (but Ctrl-C is still kEventInterrupt); 0: whole edited lines.
  Status (*console_raw)(std::uint32_t raw);
  // A line for the host's log (boot messages): shown only with --verbose.
  void (*log)(const char* text, std::uint64_t length);

  // --- events and time ---------------------------------------------------------------------------------------
  // Where to post events from now on; null stops posting.
  void (*set_event_page)(EventPage* page);
  // Halts until an event of `mask` is pending or the clock reaches `deadline_ns` (~0: no deadline). Answers the
  // pending bits of mask without clearing them; 0 on time-out.
  std::uint64_t (*wait)(std::uint64_t mask, std::uint64_t deadline_ns);
  std::uint64_t (*monotonic_ns)();                  // since an arbitrary point of this host's life
  std::int64_t (*realtime_ns)();                    // since 1970-01-01 UTC
  // What the world and its domains have had of the processor in this host's life: never grows faster than monotonic_ns. What
  // the host does beside the world, waiting, and what others do on the same machine are not in it, where the host can tell.
  std::uint64_t (*processor_ns)();
  Status (*timer_set)(std::uint64_t deadline_ns);   // posts kEventTimer once at that monotonic time; ~0: off

  // --- memory: page aligned addresses and sizes within the areas of address_map.h ------------------------------
  Status (*pages_commit)(std::uint64_t start, std::uint64_t size, std::uint32_t protection);   // new pages are zero
  Status (*pages_protect)(std::uint64_t start, std::uint64_t size, std::uint32_t protection);  // of committed pages
  Status (*pages_release)(std::uint64_t start, std::uint64_t size);                            // contents are lost
  // Copies machine code to committed pages that are readable and executable, and stay so at every moment as seen
  // through their own addresses; or that are not executable while written. Serialises instruction fetch.
  Status (*code_write)(std::uint64_t destination, const void* bytes, std::uint64_t count);
  std::uint64_t (*memory_limit)();                  // bytes this world may commit in all
  // Sets a bit (the lowest of the first word is the first page's) for each page that may hold something else than when this host
  // resumed the world, and clears the others. kDenied: the host cannot tell.
  Status (*changed_pages)(std::uint64_t start, std::uint64_t size, std::uint64_t* bits);

  // --- files: paths as the user names them -----------------------------------------------------------------------
  Status (*file_open)(const char* path, std::uint64_t length, std::uint32_t mode);   // a handle >= 0
  Status (*file_read)(Status file, std::uint64_t offset, void* buffer, std::uint64_t count);
  Status (*file_write)(Status file, std::uint64_t offset, const void* bytes, std::uint64_t count);
  Status (*file_close)(Status file);
  Status (*file_info)(const char* path, std::uint64_t length, FileInfo* out);
  Status (*file_delete)(const char* path, std::uint64_t length);
  Status (*file_rename)(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length);

  // --- the world as a whole ----------------------------------------------------------------------------------------
  // Begins a complete world file (store format): what the pages of `ranges` hold now. Stops the world only to note that; the file is
  // written while it runs on, all or nothing: an older file of that name stays whole until the new one is complete and flushed. kOk: begun.
  // kWouldBlock: another one, or a generation, is being written. kEventStore tells of the end of either, store_state() how it was.
  Status (*save_world)(const SaveRequest* request);

  // --- the file the world came from: all answer kDenied where the host does not keep this run --------------------
  // Begins a new generation: what the pages of `ranges` hold now. Pages in no range are no part of it. Only stops the world to note
  // which pages changed since the last generation and to protect them; their bytes are written while the world runs on. Answers the new
  // generation's number, or kWouldBlock while the one before, or a complete file, is still being written, or while the host prepares a
  // stop that would be long. kEventStore tells of the end of each. `name` is not used.
  Status (*checkpoint)(const SaveRequest* request);
  Status (*store_state)(StoreState* out);
  // The retained generations by ascending number, the newest `capacity` of them; answers how many. Also where nothing is kept.
  Status (*generations)(GenerationInfo* out, std::uint64_t capacity);
  Status (*keep_generation)(std::uint64_t number, std::uint32_t kept);     // kNotFound: there is no such generation
  // Makes a generation with the contents of an older one and goes on with it: the host forgets the world's memory and resumes
  // it from the file, with an empty list of arguments. Does not return but with an error, and then nothing has changed.
  Status (*rollback)(std::uint64_t number);
  Status (*entropy)(void* buffer, std::uint64_t count);

  // --- domains: ring 3 for code that nobody trusts (domain.h) ------------------------------------------------------
  // A domain is named by the number of its slot. kExists: there is one; kInvalid: no such slot, or no such domain.
  Status (*domain_create)(std::uint64_t slot);
  // Pages of its slot: fresh ones are zero, those that are there get another protection; kProtNone takes them away.
  Status (*domain_map)(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection);
  // Copies from and to its pages. kDenied: not all of the range is there; nothing was copied then.
  Status (*domain_read)(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count);
  // `loading` = 1 writes to pages that the domain itself could not write to.
  Status (*domain_write)(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading);
  // Gives it the processor until something happens that the world has to see; answers one of DomainExit.
  Status (*domain_run)(std::uint64_t slot, DomainState* state);
  // Walks what the processor or the host's system says is mapped.
  Status (*domain_audit)(std::uint64_t slot, DomainAudit* out);
  Status (*domain_destroy)(std::uint64_t slot);
  [[noreturn]] void (*exit)(std::uint32_t status);  // 0..255; standard streams are flushed first
};

}  // namespace perdure::abi
