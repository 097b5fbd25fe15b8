// Pointers the write barrier has to shade, kept per mutator until there are enough to be worth it.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/check.h"

namespace gcmap {

class BarrierBuffer {
 public:
  static constexpr uint32_t kEntriesMax = 1024;

  // Requires: 1 <= capacity <= kEntriesMax.
  explicit BarrierBuffer(uint32_t capacity) : capacity_(capacity) {
    GCMAP_CHECK(capacity >= 1 && capacity <= kEntriesMax,
                "a barrier buffer of %u entries; it has room for %u", capacity, kEntriesMax);
  }
  BarrierBuffer(const BarrierBuffer&) = delete;
  BarrierBuffer& operator=(const BarrierBuffer&) = delete;

  bool empty() const { return count_ == 0; }

  // Returns true when the buffer is full: drain it before the next add.
  bool add(const void* address) {
    GCMAP_DCHECK(count_ < capacity_, "barrier buffer of %u entries was not drained when full", capacity_);
    entries_[count_++] = address;
    return count_ == capacity_;
  }

  // Calls visit(const void*) for every entry, oldest first, and forgets them.
  template <typename Visit>
  void drain(Visit&& visit) {
    for (uint32_t i = 0; i < count_; ++i) visit(entries_[i]);
    count_ = 0;
  }

 private:
  uint32_t capacity_;
  uint32_t count_ = 0;
  const void* entries_[kEntriesMax];
};

}  // namespace gcmap
