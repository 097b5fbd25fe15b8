// The naive reading of single chains: M2 to M6 and M9.
//
// It follows links and looks at slots, nothing else: whether links lead to buckets is the caller's business
// (map/verifier.cc asks the heap first), or left to the sanitizer's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "gcmap/internal/base/violation.h"
#include "gcmap/internal/map/layout.h"

namespace gcmap {

// A chain, by name. Paths are put into words only when there is something to report.
struct ChainPlace {
  const char* array;  // "bucket" or "old bucket"
  uint64_t index;

  std::string path() const { return std::string(array) + " " + std::to_string(index); }
  std::string path(uint64_t overflow) const { return path() + " overflow " + std::to_string(overflow); }
  std::string path(uint64_t overflow, uint32_t slot) const {
    return path(overflow) + " slot " + std::to_string(slot);
  }
};

inline constexpr const char* kPresentChain = "bucket";
inline constexpr const char* kOldChain = "old bucket";

bool all_zero(const void* memory, size_t bytes);

// Reports to `violations` what is wrong with chains of a sound array.
// Requires: chains are acyclic.
class ChainVerifier {
 public:
  ChainVerifier(const MapHeader& map, const MapType& type, Violations& violations)
      : map_(map), type_(type), violations_(violations) {
    entries_.reserve(kEntriesOnStack);
  }

  void check_present(uint64_t chain);

  // Also looks at the chains of the present array that this one feeds, if it is not evacuated.
  // Requires: growing.
  void check_old(uint64_t chain);

  // Live slots met so far.
  uint64_t live() const { return live_; }

 private:
  // A live entry of the chain at hand whose key equals itself.
  struct Entry {
    uint64_t hash;
    const void* key;
    uint64_t overflow;
    uint32_t slot;
  };

  void report(const char* id, std::string path, std::string detail);
  bool is_blank(Bucket bucket) const;
  void check_slots(ChainPlace place, Bucket head, uint8_t b);
  void check_entry(ChainPlace place, Bucket bucket, uint64_t overflow, uint32_t slot, uint8_t b);
  void check_unique(ChainPlace place, const Entry& entry);
  void check_dead(ChainPlace place, Bucket bucket, uint64_t overflow, uint32_t slot);
  void check_evacuated(ChainPlace place, Bucket head);
  void check_sister(uint64_t chain);
  void check_wiped(ChainPlace place, Bucket head);
  void check_untouched(uint64_t chain);

  const MapHeader& map_;
  const MapType& type_;
  Violations& violations_;
  uint64_t live_ = 0;
  // Most chains fit on the stack: verifying one after every write allocates nothing.
  static constexpr size_t kEntriesOnStack = 32;
  alignas(Entry) std::array<std::byte, kEntriesOnStack * sizeof(Entry)> memory_;
  std::pmr::monotonic_buffer_resource pool_{memory_.data(), memory_.size()};
  std::pmr::vector<Entry> entries_{&pool_};
};

}  // namespace gcmap
