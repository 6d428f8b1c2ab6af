#include "boot/hosted/status.h"

#include <cerrno>

namespace perdure::hosted {

abi::Status status_of_errno(int error) {
  switch (error) {
    case 0: return abi::kOk;
    case EAGAIN: return abi::kWouldBlock;
    case ENOMEM: return abi::kNoMemory;
    case ENOENT: return abi::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS: return abi::kDenied;
    case EINVAL:
    case EBADF:
    case EFAULT:
    case ENAMETOOLONG: return abi::kInvalid;
    case EEXIST:
    case ENOTEMPTY: return abi::kExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return abi::kNoSpace;
    case EMFILE:
    case ENFILE: return abi::kTooManyFiles;
    case EISDIR: return abi::kIsDirectory;
    case ENOTDIR: return abi::kNotDirectory;
    default: return abi::kIo;
  }
}

abi::Status status_of_store(store::Error error) {
  switch (error) {
    case store::Error::kNone: return abi::kOk;
    case store::Error::kNoRoom: return abi::kNoMemory;
    case store::Error::kDiskFull: return abi::kNoSpace;
    case store::Error::kNoGeneration: return abi::kNotFound;
    case store::Error::kBadOrder: return abi::kInvalid;
    case store::Error::kTooManyKept: return abi::kNoSpace;
    case store::Error::kReadFailed:
    case store::Error::kWriteFailed: return status_of_errno(errno != 0 ? errno : EIO);
    default: return abi::kIo;
  }
}

}  // namespace perdure::hosted
