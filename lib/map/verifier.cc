// The map's verifier: a second, naive reading of the structure against M1 to M13.
//
// It shares the layout's constants with the map and nothing else: every bucket is looked up in the heap and
// must be met once, hashes are asked again. Buckets of all chains lie in one array, since harnesses verify
// often and allocation is what costs them. Invariants that only a run can show
// (M10's exact moment, M13's live iterators, M14, M15) are the harness's.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "gc/inspector.h"
#include "gcmap/heap.h"
#include "map/inspector.h"
#include "map/layout.h"
#include "map/overflow.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

using std::to_string;

struct Chain {
  const char* array;  // "bucket" or "old bucket", for paths
  uint64_t index;
  size_t first = 0;  // in Verifier::pool_, while chains are collected
  std::span<const Bucket> buckets;

  std::string path() const { return std::string(array) + " " + to_string(index); }
  std::string path(size_t bucket, uint32_t slot) const {
    return path() + " overflow " + to_string(bucket) + " slot " + to_string(slot);
  }
};

class Verifier {
 public:
  Verifier(const MapHeader& map, const MapType& type)
      : map_(map), type_(type), heap_(Heap::of(&map)), inspector_(heap_) {}

  Violations run() {
    check_header();
    if (map_.buckets == nullptr || !violations_.empty()) return violations_;
    check_array("present array", map_.buckets, map_.b);
    if (map_.growing()) check_array("old array", map_.old_buckets, map_.old_b());
    if (!violations_.empty()) return violations_;
    collect_chains("bucket", map_.buckets, map_.b, present_);
    if (map_.growing()) collect_chains("old bucket", map_.old_buckets, map_.old_b(), old_);
    if (!violations_.empty()) return violations_;
    settle_chains();
    if (!violations_.empty()) return violations_;
    for (const Chain& chain : present_) check_chain(chain, map_.b, false);
    for (const Chain& chain : old_) check_chain(chain, map_.old_b(), check_old_chain(chain));
    check_counts();
    check_spares();
    check_side_list("side list", map_.extra.overflow, present_, map_.buckets, array_buckets(map_.b));
    if (map_.growing()) {
      check_side_list("old side list", map_.extra.old_overflow, old_, map_.old_buckets,
                      array_buckets(map_.old_b()));
    }
    return violations_;
  }

 private:
  void report(const char* id, std::string path, std::string detail) {
    violations_.push_back({id, std::move(path), std::move(detail)});
  }

  uint64_t array_buckets(uint8_t b) const { return bucket_count(b) + spare_buckets(b, type_.bucket_size); }

  void check_header() {
    if ((map_.flags & kFlagWriting) != 0)
      report("M13", "header", "the writing flag is up between operations");
    if (map_.same_size_growth() && !map_.growing()) {
      report("M6", "header", "same-size growth flag without an old array");
    }
    if (map_.b > kMaxB) report("M7", "header", "B is " + to_string(map_.b));
    if (map_.growing() && map_.old_b() > map_.b) report("M7", "header", "doubling to B 0");
    if (map_.growing() && map_.buckets == nullptr) report("M6", "header", "growing without a present array");
    if (map_.growing() && map_.nevacuate >= bucket_count(map_.old_b())) {
      report("M6", "header",
             "nevacuate " + to_string(map_.nevacuate) + " of " + to_string(bucket_count(map_.old_b())) +
                 " old buckets: the growth should have ended");
    }
    if (map_.buckets == nullptr && (map_.count != 0 || map_.b != 0)) {
      report("M7", "header", "no array, but count " + to_string(map_.count) + " and B " + to_string(map_.b));
    }
    // While growing at the same size, and until the insert after it, the count may pass the limit.
    const uint64_t limit = 13 * (bucket_count(map_.b) / 2);
    if (map_.count > kBucketSlots && map_.count > limit + bucket_count(map_.b)) {
      report("M10", "header",
             "count " + to_string(map_.count) + " at B " + to_string(map_.b) + ", limit " + to_string(limit));
    }
    if (!map_.growing() && map_.extra.old_overflow != nullptr) {
      report("M12", "header", "an old side list without an old array");
    }
  }

  // M7, M11: the array is one live, pointer-free object of exactly the right size.
  void check_array(const char* what, const void* array, uint8_t b) {
    check_object("M7", what, array, array_buckets(b) * type_.bucket_size);
  }

  void check_object(const char* id, const std::string& path, const void* address, size_t bytes) {
    const auto object = inspector_.find(address);
    if (!object || object->address != address) {
      report("M11", path,
             "at heap offset " + to_string(heap_.offset_of(address)) + ": not the start of a live object");
    } else if (object->bytes != bytes || object->type != nullptr) {
      report(id, path,
             "object of " + to_string(object->bytes) + " bytes" + (object->type ? ", scanned" : "") +
                 "; expected " + to_string(bytes) + " bytes, pointer-free");
    }
  }

  // Is it one of the spare buckets at the end of the array?
  bool is_spare(const void* bucket, const void* array, uint8_t b) const {
    const auto* address = static_cast<const char*>(bucket);
    const auto* base = static_cast<const char*>(array);
    const auto* begin = base + bucket_count(b) * type_.bucket_size;
    const auto* end = base + array_buckets(b) * type_.bucket_size;
    return address >= begin && address < end && static_cast<size_t>(address - base) % type_.bucket_size == 0;
  }

  void collect_chains(const char* name, void* array, uint8_t b, std::vector<Chain>& chains) {
    const uint64_t buckets_max = heap_.stats().live_objects + 2 * array_buckets(map_.b);
    chains.reserve(bucket_count(b));
    for (uint64_t i = 0; i < bucket_count(b); ++i) {
      const Chain chain{name, i, pool_.size(), {}};
      for (Bucket bucket = Bucket::at(array, i, type_); bucket; bucket = bucket.overflow()) {
        const size_t number = pool_.size() - chain.first;
        if (number > 0 && !is_spare(bucket.memory(), array, b)) {
          check_object("M11", chain.path() + " overflow " + to_string(number), bucket.memory(),
                       type_.bucket_size);
        }
        if (pool_.size() > buckets_max)
          report("M11", chain.path(), "more buckets than there are: the chain is cyclic");
        if (!violations_.empty()) return;
        pool_.push_back(bucket);
      }
      chains.push_back(chain);
    }
  }

  // All buckets are known: gives the chains theirs. M11: each was met once.
  void settle_chains() {
    size_t end = pool_.size();
    for (std::vector<Chain>* chains : {&old_, &present_}) {
      for (size_t i = chains->size(); i-- > 0;) {
        Chain& chain = (*chains)[i];
        chain.buckets = std::span<const Bucket>(pool_).subspan(chain.first, end - chain.first);
        end = chain.first;
      }
    }
    for (const Bucket& bucket : pool_) seen_.push_back(bucket.memory());
    std::sort(seen_.begin(), seen_.end());
    const auto twice = std::adjacent_find(seen_.begin(), seen_.end());
    if (twice == seen_.end()) return;
    report("M11", "bucket at heap offset " + to_string(heap_.offset_of(*twice)),
           "is met twice: chains are cyclic or share it");
  }

  // M6: all or none. Returns whether the chain is evacuated.
  bool check_old_chain(const Chain& chain) {
    const bool evacuated = is_evacuated_mark(chain.buckets[0].marks()[0]);
    for (size_t i = 0; i < chain.buckets.size(); ++i) {
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        const uint8_t mark = chain.buckets[i].marks()[slot];
        if (is_evacuated_mark(mark) != evacuated) {
          report("M6", chain.path(i, slot),
                 "mark " + to_string(mark) + " in a chain that is " +
                     (evacuated ? "evacuated" : "not evacuated"));
        }
        if (mark == kEvacuatedY && map_.same_size_growth()) {
          report("M6", chain.path(i, slot), "moved to Y in a same-size growth");
        }
      }
    }
    if (!evacuated && chain.index < map_.nevacuate) {
      report("M6", chain.path(), "not evacuated, but below nevacuate " + to_string(map_.nevacuate));
    }
    if (!evacuated) {
      check_untouched(chain.index);
      if (!map_.same_size_growth()) check_untouched(chain.index + bucket_count(map_.old_b()));
    }
    return evacuated;
  }

  // M6: nothing is written to the target of a chain that has not been evacuated.
  void check_untouched(uint64_t target) {
    const Chain& chain = present_[target];
    for (size_t i = 0; i < chain.buckets.size(); ++i) {
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        if (!is_empty_mark(chain.buckets[i].marks()[slot])) {
          report("M6", chain.path(i, slot), "holds an entry, though its old chain is not evacuated");
        }
      }
    }
  }

  void check_chain(const Chain& chain, uint8_t b, bool evacuated) {
    if (evacuated) return;
    bool rest = false;
    uint8_t last = kMinTopHash;  // last mark that is not 0
    for (size_t i = 0; i < chain.buckets.size(); ++i) {
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        const uint8_t mark = chain.buckets[i].marks()[slot];
        if (rest && mark != kEmptyRest) {
          report("M5", chain.path(i, slot), "mark " + to_string(mark) + " after mark 0");
        }
        rest = rest || mark == kEmptyRest;
        if (mark != kEmptyRest) last = mark;
        if (is_evacuated_mark(mark)) {
          report("M6", chain.path(i, slot), "mark " + to_string(mark) + " where nothing is evacuated");
        } else if (is_empty_mark(mark)) {
          check_zero(chain, i, slot);
        } else {
          ++live_;
          check_entry(chain, i, slot, b);
        }
      }
    }
    if (last == kEmptyOne) report("M5", chain.path(), "ends in mark 1: the tail was not normalized");
  }

  // M2, M3, M4.
  void check_entry(const Chain& chain, size_t i, uint32_t slot, uint8_t b) {
    const void* const key = chain.buckets[i].key(slot);
    if (!type_.equal(key, key)) return;
    const uint64_t hash = type_.hash(map_, key);
    const uint8_t mark = chain.buckets[i].marks()[slot];
    if (mark != top_hash(hash)) {
      report("M2", chain.path(i, slot),
             "mark " + to_string(mark) + ", hash says " + to_string(top_hash(hash)));
    }
    if ((hash & bucket_mask(b)) != chain.index) {
      report("M3", chain.path(i, slot), "hash names chain " + to_string(hash & bucket_mask(b)));
    }
    for (size_t j = 0; j <= i; ++j) {
      for (uint32_t other = 0; other < (j < i ? kBucketSlots : slot); ++other) {
        const uint8_t other_mark = chain.buckets[j].marks()[other];
        if (other_mark >= kMinTopHash && type_.equal(key, chain.buckets[j].key(other))) {
          report("M4", chain.path(i, slot), "same key as in " + chain.path(j, other));
        }
      }
    }
  }

  static bool all_zero(const void* memory, size_t bytes) {
    const auto* byte = static_cast<const unsigned char*>(memory);
    for (size_t i = 0; i < bytes; ++i) {
      if (byte[i] != 0) return false;
    }
    return true;
  }

  // M9.
  void check_zero(const Chain& chain, size_t i, uint32_t slot) {
    if (!all_zero(chain.buckets[i].key(slot), type_.key_size))
      report("M9", chain.path(i, slot), "dead slot holds a key");
    if (!all_zero(chain.buckets[i].value(slot), type_.value_size)) {
      report("M9", chain.path(i, slot), "dead slot holds a value");
    }
  }

  static uint64_t overflow_buckets(const std::vector<Chain>& chains) {
    uint64_t count = 0;
    for (const Chain& chain : chains) count += chain.buckets.size() - 1;
    return count;
  }

  // M1, M8.
  void check_counts() {
    if (live_ != map_.count) {
      report("M1", "header", "count " + to_string(map_.count) + ", live slots " + to_string(live_));
    }
    const uint64_t overflow = overflow_buckets(present_);
    if (map_.b < kExactOverflowB && overflow != map_.noverflow) {
      report(
          "M8", "header",
          "noverflow " + to_string(map_.noverflow) + ", overflow buckets in chains " + to_string(overflow));
    }
  }

  // M8: spares are used from the front; the unused ones are untouched.
  void check_spares() {
    const uint64_t spares = spare_buckets(map_.b, type_.bucket_size);
    if (map_.spares_left > spares) {
      report("M8", "header", to_string(map_.spares_left) + " spare buckets left of " + to_string(spares));
      return;
    }
    const uint64_t used = spares - map_.spares_left;
    for (uint64_t i = 0; i < spares; ++i) {
      const Bucket bucket = Bucket::at(map_.buckets, bucket_count(map_.b) + i, type_);
      const bool in_chain = std::binary_search(seen_.begin(), seen_.end(), bucket.memory());
      if (in_chain != (i < used)) {
        report("M8", "spare bucket " + to_string(i),
               in_chain ? "in a chain, but counted as unused" : "counted as used, but in no chain");
      }
      if (i >= used && !all_zero(bucket.memory(), type_.bucket_size)) {
        report("M9", "spare bucket " + to_string(i), "unused, but not zero");
      }
    }
  }

  // M12: the list holds exactly the overflow buckets that lie outside the array.
  void check_side_list(const char* what, const void* list, const std::vector<Chain>& chains,
                       const void* array, uint64_t buckets) {
    const auto* const begin = static_cast<const char*>(array);
    const auto* const end = begin + buckets * type_.bucket_size;
    std::vector<const void*> needed;
    for (const Chain& chain : chains) {
      for (const Bucket& bucket : chain.buckets.subspan(1)) {
        const auto* const address = static_cast<const char*>(bucket.memory());
        if (address < begin || address >= end) needed.push_back(address);
      }
    }
    std::vector<const void*> listed;
    for_each_overflow(static_cast<const OverflowList*>(list),
                      [&](const void* bucket) { listed.push_back(bucket); });
    std::sort(needed.begin(), needed.end());
    std::sort(listed.begin(), listed.end());
    if (std::adjacent_find(listed.begin(), listed.end()) != listed.end()) {
      report("M12", what, "lists an overflow bucket twice");
    }
    if (listed != needed) {
      report("M12", what,
             "lists " + to_string(listed.size()) + " overflow buckets, " + to_string(needed.size()) +
                 " are in chains outside the array, and the two sets differ");
    }
  }

  const MapHeader& map_;
  const MapType& type_;
  const Heap& heap_;
  HeapInspector inspector_;
  std::vector<Chain> present_;
  std::vector<Chain> old_;
  std::vector<Bucket> pool_;       // of all chains, in order
  std::vector<const void*> seen_;  // the same by address
  uint64_t live_ = 0;
  Violations violations_;
};

}  // namespace

Violations MapInspector::verify() const {
  return Verifier(*header_, *type_).run();
}

}  // namespace gcmap
