// What the words of a failure point at: slots of maps, keys, objects, places of the heap.
//
// Verifiers and oracles name places in one line each: "map 3 bucket 5 overflow 1 slot 2", "old bucket 4",
// "key 17", "object 5", "heap offset 8336", "heap+8336", "heap+0x2090", "span at page 3 (16 bytes) slot 9".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/json_text.h"

namespace gcmap::harness {

struct Mention {
  enum class Of : uint8_t { kMap, kBucket, kOldBucket, kKey, kObject, kHeapOffset, kSpan };
  static constexpr uint64_t kNone = UINT64_MAX;

  Of of = Of::kMap;
  uint64_t number = 0;    // id, chain, key, offset or page
  uint64_t overflow = 0;  // of buckets: how far down the chain; 0 is the head
  uint64_t slot = kNone;  // of buckets and spans
  bool operator==(const Mention&) const = default;
};

// In the order of the words.
std::vector<Mention> mentions_in(std::string_view words);

// [{"map":3},{"bucket":5,"overflow":1,"slot":2},{"old_bucket":4},{"key":17},{"object":5},{"offset":8336},
// {"page":3,"slot":9}]
void write(const std::vector<Mention>& mentions, JsonText& json);

}  // namespace gcmap::harness
