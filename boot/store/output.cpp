#include "boot/store/output.h"

#include "boot/store/format.h"

namespace perdure::store {

Error Output::find_room() {
  if (Error error = flush(); error != Error::kNone) return error;
  while ((run_left_ = space_->find_run(capacity_, reserve_, &run_)) == 0)
    if (reserve_ == 0 || !owner_.make_room(owner_.context)) return Error::kDiskFull;
  return Error::kNone;
}

Error Output::take(void** memory, std::uint64_t* file_page) {
  if (run_left_ == 0 || buffered_ == capacity_)
    if (Error error = run_left_ == 0 ? find_room() : flush(); error != Error::kNone) return error;
  space_->add(run_);
  *memory = buffer_ + buffered_++ * kPageSize;
  *file_page = run_++;
  --run_left_;
  return Error::kNone;
}

Error Output::flush() {
  const std::uint64_t count = buffered_;
  buffered_ = 0;
  if (count == 0) return Error::kNone;
  return device_.write(device_.context, run_ - count, count, buffer_) ? Error::kNone : Error::kWriteFailed;
}

void Output::reset() { buffered_ = run_left_ = 0; }

}  // namespace perdure::store
