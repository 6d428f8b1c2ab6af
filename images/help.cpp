#include "images/options.h"

namespace perdure::images {

const char* const kHelpText = R"(Perdure: a Lisp machine in one file.

  perdure run  [WORLD] [OPTION]... [-- ARGUMENT...]   run a world in a process of this machine
  perdure boot [WORLD] [OPTION]... [-- ARGUMENT...]   boot it in QEMU, on the bare-metal kernel
  perdure new WORLD [--from WORLD]      make a world of one's own, from the base world or another one
  perdure log WORLD                     its generations: number, time, size, pages changed, note
  perdure diff WORLD WORLD [--pages]    what differs, area by area or page by page; status 0: nothing, 1: something
  perdure inspect WORLD                 what its file is made of
  perdure verify WORLD                  check all checksums and invariants
  perdure rollback WORLD@N              make generation N the newest one; those in between stay
  perdure keep WORLD@N [--no]           never drop it; --no: drop it when its time has come
  perdure help, perdure version

WORLD is a world file. WORLD@N is its generation N, for run, boot, new --from, diff and inspect too. run and boot go on with a
world that is named and keep it in its file, checkpoint by checkpoint. Nothing is kept of WORLD@N, of the base world, which is
taken if none is named, with --ephemeral, and of a file that cannot be written.

With none of the first five options there is a REPL:

  --load FILE      load a Scheme file                \
  --eval EXPR      evaluate an expression             | done in the order given,
  --print EXPR     the same, and write its value      | then the world ends with status 0
  --passes EXPR    show what the compiler makes of it |
  --save OUT       write the world to a file         /
  --repl           a REPL after them
  --ephemeral      keep nothing
  --memory SIZE    what the world may use: 512M, 2G (default: half of this machine's; boot: at most 2G)
  --libraries DIR  a folder of libraries, (foo bar) in DIR/foo/bar.sld; also -I DIR; any number of them
  --without NAMES  optimisations the compiler leaves out: loops,types or all
  --share DIR      where relative names of files that are read are also looked for (boot: default the current folder)
  --verbose        show what the host does, on standard error
  -- ARGUMENT...   the rest is for the program: (command-line)

Only for boot:
  --grub, --uefi   start through GRUB under BIOS, or under UEFI, instead of directly
  --kvm            use hardware virtualisation, if a trial shows that it works here

Ctrl-C interrupts the program; Ctrl-D on an empty line, or (exit), leaves. If a booted machine does not answer any more:
Ctrl-] and then q switches it off (Ctrl-] twice sends one).

Exit status: what the program gave to (exit N); 64 wrong usage, 65 the world is damaged or of another version, 66 a file or a
generation is missing, 69 something needed is not installed, 70 an uncaught error or a fault, 73 a file cannot be made or
written, 74 the world could not be kept, 75 another process has the world.

Environment: PERDURE_BASE_WORLD (the base world), PERDURE_KERNEL (folder of kernel.elf and perdure.iso), PERDURE_QEMU (program).
In a checkout, ./perdure also knows: build, test, bench.
)";

}  // namespace perdure::images
