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

}  // namespace perdure::hosted
