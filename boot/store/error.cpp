#include "boot/store/error.h"

namespace perdure::store {

const char* describe(Error error) {
  switch (error) {
    case Error::kNone: return "no error";
    case Error::kReadFailed: return "it cannot be read";
    case Error::kWriteFailed: return "it cannot be written";
    case Error::kNotAWorld: return "it is not a world";
    case Error::kOtherFormat: return "it has another format version";
    case Error::kOtherAbi: return "it has another abi version";
    case Error::kTruncated: return "it is truncated: shorter than it says it is";
    case Error::kBadSuperblock: return "it is damaged: no superblock is whole";
    case Error::kBadNode: return "it is damaged: a node of the page map is not what was written";
    case Error::kBadPage: return "it is damaged: a page of the world is not what was written";
    case Error::kBadTable: return "it is damaged: a page of the table of generations is not what was written";
    case Error::kNoGeneration: return "it has no such generation";
    case Error::kDiskFull: return "there is no room left for another generation";
    case Error::kTooManyKept: return "too many of its generations are kept for ever";
    case Error::kBadOrder: return "pages were not given in order";
    case Error::kNoRoom: return "the memory for it is too small";
  }
  return "unknown error";
}

}  // namespace perdure::store
