// Who may use a world file: one writer, or any number of readers, of whatever process.
//
// The locks are Linux's locks of open file descriptions, on the bytes that QEMU locks for the same purpose (its
// block/file-posix.c): byte 100 + p says that its holder makes use of permission p, byte 200 + p that it lets nobody else
// have it; both are taken as read locks, and then it is looked whether somebody holds the opposite. Permission 0 is to
// read, 1 is to write. So a reader gets on with a QEMU that reads, and refuses and is refused by one that writes. A writer
// of ours locks all of the file, and so refuses and is refused by all.
#pragma once

namespace perdure::hosted {

enum class WorldUse { kRead, kWrite };

// False: another process uses the file in a way that excludes this. The lock lasts as long as the descriptor is open, in this
// process or a child, or until unlock_world(). A file system without locks lets everybody in.
[[nodiscard]] bool lock_world(int fd, WorldUse use);
void unlock_world(int fd);

}  // namespace perdure::hosted
