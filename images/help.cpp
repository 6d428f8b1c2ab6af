#include "images/options.h"

namespace perdure::images {

const char* const kVersionText = "perdure 0.1 (world format 2, abi 1)\n";

const char* const kHelpText = R"(Perdure: a Lisp machine in one file.

  perdure run  [WORLD] [OPTION]... [-- ARGUMENT...]   run a world in a process of this machine
  perdure boot [WORLD] [OPTION]... [-- ARGUMENT...]   boot it in QEMU, on the bare-metal kernel
  perdure verify WORLD                                check all checksums and invariants of a world file
  perdure help, perdure version

WORLD is a world file; without it, the base world. With none of the first five options there is a REPL:

  --load FILE      load a Scheme file                \
  --eval EXPR      evaluate an expression             | done in the order given,
  --print EXPR     the same, and write its value      | then the world ends with status 0
  --passes EXPR    show what the compiler makes of it |
  --save OUT       write the world to a file         /
  --repl           a REPL after them
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

Exit status: what the program gave to (exit N); 64 wrong usage, 65 the world is damaged or of another version, 66 a file is
missing, 69 something needed is not installed, 70 an uncaught error or a fault, 73 the place for --save is missing.

Environment: PERDURE_BASE_WORLD (the base world), PERDURE_KERNEL (folder of kernel.elf and perdure.iso), PERDURE_QEMU (program).
In a checkout, ./perdure also knows: build, test, bench.
)";

}  // namespace perdure::images
