#include "gcmap/out_of_memory.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace gcmap {
namespace {

// strerror_r comes in two kinds: one returns the text, which need not lie in the buffer, the other an int.
[[maybe_unused]] const char* text_of(const char* text, const char*) {
  return text;
}
[[maybe_unused]] const char* text_of(int result, const char* buffer) {
  return result == 0 ? buffer : "unknown error";
}

}  // namespace

OutOfMemory::OutOfMemory(Reason reason, uint64_t wanted_bytes, uint64_t bound_bytes, int error) noexcept
    : reason_(reason), wanted_bytes_(wanted_bytes) {
  char buffer[96] = "";
  switch (reason) {
    case Reason::kHeapLimit:
      std::snprintf(text_, sizeof text_,
                    "gcmap: %" PRIu64 " bytes of pages wanted, which the heap's limit of %" PRIu64
                    " bytes does not allow (HeapOptions::limit_bytes, Heap::set_limit)",
                    wanted_bytes, bound_bytes);
      break;
    case Reason::kRangeFull:
      std::snprintf(text_, sizeof text_,
                    "gcmap: %" PRIu64 " bytes of pages wanted, for which the heap's address range of %" PRIu64
                    " bytes has no room (HeapOptions::range_bytes)",
                    wanted_bytes, bound_bytes);
      break;
    case Reason::kSystemRefused:
      std::snprintf(text_, sizeof text_,
                    "gcmap: the system refused to commit %" PRIu64 " bytes: %s (errno %d)", wanted_bytes,
                    text_of(strerror_r(error, buffer, sizeof buffer), buffer), error);
      break;
    case Reason::kInjected:
      std::snprintf(text_, sizeof text_,
                    "gcmap: %" PRIu64 " bytes wanted; Stepper::fail_allocation let it fail", wanted_bytes);
      break;
    case Reason::kSizeOverflow:
      std::snprintf(text_, sizeof text_,
                    "gcmap: %" PRIu64 "%s bytes wanted, more than an address range of %" PRIu64
                    " bytes can ever hold",
                    wanted_bytes, wanted_bytes == UINT64_MAX ? " or more" : "", bound_bytes);
      break;
  }
}

}  // namespace gcmap
