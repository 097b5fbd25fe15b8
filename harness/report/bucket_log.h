// What was said of each bucket, slot by slot, so that only what changed is said again.
//
// A bucket is known by its heap offset. One that is no longer part of an array keeps what was said of it:
// what comes to lie there next is said as its difference.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "gcmap/internal/map/layout.h"
#include "harness/report/cell.h"
#include "harness/report/json_text.h"

namespace gcmap::harness {

struct BucketContents {
  static constexpr uint64_t kDangling = JsonText::kExactMax;  // a link to what is no bucket

  uint64_t link = 0;  // heap offset of the next bucket; 0: none
  std::array<uint8_t, kBucketSlots> marks{};
  std::array<Cell, kBucketSlots> keys{};
  std::array<Cell, kBucketSlots> values{};

  bool operator==(const BucketContents&) const = default;
};

class BucketLog {
 public:
  // Appends to the array that is open in `json`, if something changed: [offset, link, slot, mark, key, value,
  // ...] with four members for each changed slot. Buckets begin as zeroes.
  void tell(uint64_t offset, const BucketContents& contents, JsonText& json);

 private:
  std::unordered_map<uint64_t, BucketContents> told_;
};

}  // namespace gcmap::harness
