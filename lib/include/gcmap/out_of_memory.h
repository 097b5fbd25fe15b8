// OutOfMemory: an allocation failed, and what() says of what; nothing was allocated.
//
// A std::bad_alloc like any other to who does not ask. Its text lies in the exception: throwing it needs no
// memory. Address space that cannot be reserved is another matter and fails earlier, when the heap is made:
// std::system_error.
#pragma once

#include <cstdint>
#include <new>

namespace gcmap {

class OutOfMemory final : public std::bad_alloc {
 public:
  enum class Reason : uint8_t {
    kHeapLimit,      // pages in use would exceed HeapOptions::limit_bytes or what Heap::set_limit says
    kRangeFull,      // HeapOptions::range_bytes has no run of free pages that is long enough
    kSystemRefused,  // the operating system does not give the memory
    kInjected,       // Stepper::fail_allocation asked for it
    kSizeOverflow,   // the size cannot be represented, or no range can hold it
  };

  // `wanted_bytes`: what was asked for, rounded as it was then. `bound_bytes`: the limit, the range's size or
  // 0. `error`: the errno of a system that refused.
  OutOfMemory(Reason reason, uint64_t wanted_bytes, uint64_t bound_bytes, int error = 0) noexcept;

  Reason reason() const noexcept { return reason_; }
  uint64_t wanted_bytes() const noexcept { return wanted_bytes_; }
  const char* what() const noexcept override { return text_; }

 private:
  Reason reason_;
  uint64_t wanted_bytes_;
  char text_[192];
};

}  // namespace gcmap
