#include "harness/oracle/quarantine.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace gcmap::harness {

void QuarantineOracle::on_free(const void* object, const Type*) {
  if (objects_ == 0) return;
  const auto begin = reinterpret_cast<uintptr_t>(object);
  const auto known = bytes_.find(object);
  held_[begin] = begin + (known != bytes_.end() ? known->second : 1);
  if (known != bytes_.end()) bytes_.erase(known);
  order_.push_back(object);
  if (order_.size() <= objects_) return;
  held_.erase(reinterpret_cast<uintptr_t>(order_.front()));
  order_.pop_front();
}

void QuarantineOracle::on_allocate(const void* object, size_t bytes, uint64_t) {
  if (objects_ == 0 || failure_) return;
  const auto begin = reinterpret_cast<uintptr_t>(object);
  bytes_[object] = std::max<size_t>(bytes, 1);
  const auto behind = held_.lower_bound(begin + bytes_[object]);
  if (behind == held_.begin()) return;
  const auto [held_begin, held_end] = *std::prev(behind);
  if (held_end <= begin) return;
  failure_ = Failure{"H13", "an object of " + std::to_string(bytes) + " bytes at heap offset " +
                                std::to_string(heap_.offset_of(object)) + " lies where one was freed, and " +
                                std::to_string(objects_) + " others were not freed since"};
}

std::optional<Failure> QuarantineOracle::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace gcmap::harness
