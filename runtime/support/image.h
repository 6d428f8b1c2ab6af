// The borders of the world's own image (runtime/world.ld), each on a page boundary but for the roots.
#pragma once

extern "C" {
extern char world_start[];
extern char world_text_start[];
extern char world_text_end[];
extern char world_rodata_start[];
extern char world_rodata_end[];
extern char world_data_start[];   // data and bss: one readable and writable run
extern char world_bss_end[];
extern char world_roots_start[];  // the part of it that may hold Values: all but the collector's own
extern char world_roots_end[];
}
