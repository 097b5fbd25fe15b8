// The map's verifier: a second, naive reading of the structure against M1 to M13.
//
// It shares the layout's constants with the map and nothing else: every overflow bucket is looked up in the
// heap and must be met once, hashes are asked again. First the links are made sure of, then chains are read
// one by one (map/chain_verifier.h). Harnesses verify often, so nothing is kept of chains but the addresses
// of their overflow buckets, and words are made only when there is something to report. Invariants that only
// a run can show (M10's exact moment, M13's live iterators, M14, M15) are the harness's.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/internal/map/inspector.h"
#include "gcmap/internal/map/layout.h"
#include "gcmap/internal/map/overflow.h"
#include "map/chain_verifier.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

using std::to_string;
using Addresses = std::vector<const void*>;

// One of the map's two arrays and what hangs on it.
struct Array {
  const char* name;
  const char* chain_name;
  const char* list_name;
  void* buckets;
  uint8_t b;
  const void* list;
  Addresses overflow;  // of all chains; sorted once all are known
};

class Verifier {
 public:
  Verifier(const MapHeader& map, const MapType& type)
      : map_(map),
        type_(type),
        heap_(Heap::of(&map)),
        inspector_(heap_),
        present_{"present array", kPresentChain, "side list", map.buckets, map.b, map.extra.overflow, {}},
        old_{"old array", kOldChain, "old side list", map.old_buckets, map.old_b(), map.extra.old_overflow,
             {}} {}

  Violations run() {
    check_header();
    if (map_.buckets == nullptr || !violations_.empty()) return std::move(violations_);
    for_each_array([&](Array& array) { check_array(array); });
    if (!violations_.empty()) return std::move(violations_);
    for_each_array([&](Array& array) { collect_overflow(array); });
    if (!violations_.empty()) return std::move(violations_);
    check_met_once();
    if (!violations_.empty()) return std::move(violations_);
    check_chains();
    check_spares();
    if (map_.growing() && type_.scanned()) check_old_spares();
    for_each_array([&](Array& array) { check_side_list(array); });
    return std::move(violations_);
  }

 private:
  void report(const char* id, std::string path, std::string detail) {
    violations_.push_back({id, std::move(path), std::move(detail)});
  }

  template <typename Visit>
  void for_each_array(Visit&& visit) {
    visit(present_);
    if (map_.growing()) visit(old_);
  }

  uint64_t array_buckets(uint8_t b) const { return bucket_count(b) + spare_buckets(b, type_.bucket_size); }

  void check_header() {
    if ((map_.flags & kFlagWriting) != 0)
      report("M13", "header", "the writing flag is up between operations");
    if ((map_.same_size_growth() || map_.halving()) && !map_.growing())
      report("M6", "header", "flag of a growth without an old array");
    if (map_.same_size_growth() && map_.halving()) report("M6", "header", "flags of two growths at once");
    if (map_.b > kMaxB) report("M7", "header", "B is " + to_string(map_.b));
    if (map_.doubling() && map_.b == 0) report("M7", "header", "doubling to B 0");
    if (map_.b < map_.least_b)
      report("M7", "header",
             "B is " + to_string(map_.b) + ", below the " + to_string(map_.least_b) + " reserved");
    if (map_.growing() && map_.buckets == nullptr) report("M6", "header", "growing without a present array");
    if (map_.growing() && map_.nevacuate >= bucket_count(map_.moved_b())) {
      report("M6", "header",
             "nevacuate " + to_string(map_.nevacuate) + " of " + to_string(bucket_count(map_.moved_b())) +
                 " old buckets: the growth should have ended");
    }
    if (!map_.growing() && map_.old_borrowed)
      report("M6", "header", "chains are borrowed from an old array that is not there");
    if (map_.buckets == nullptr && (map_.count != 0 || map_.b != map_.least_b)) {
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
    if (type_.scanned() && (map_.extra.overflow != nullptr || map_.extra.old_overflow != nullptr))
      report("M12", "header", "a side list, though the buckets are scanned");
  }

  // M7, M11: the array is one live object of exactly the right size and type.
  void check_array(const Array& array) {
    check_object("M7", array.buckets, array_buckets(array.b) * type_.bucket_size,
                 [&] { return std::string(array.name); });
  }

  template <typename Path>
  void check_object(const char* id, const void* address, size_t bytes, Path&& path) {
    const Type* const type = type_.scanned() ? &type_.bucket : nullptr;
    const auto object = inspector_.find(address);
    if (!object || object->address != address) {
      report("M11", path(), at_offset(address) + ": not the start of a live object");
    } else if (object->bytes != bytes || object->type != type) {
      report(id, path(),
             "object of " + to_string(object->bytes) + " bytes, " + name_of_type(object->type) +
                 "; expected " + to_string(bytes) + " bytes, " + name_of_type(type));
    }
  }

  static std::string name_of_type(const Type* type) {
    return type == nullptr ? "pointer-free" : "scanned as \"" + std::string(type->name) + "\"";
  }

  std::string at_offset(const void* address) const {
    return heap_.contains(address) ? "at heap offset " + to_string(heap_.offset_of(address))
                                   : "outside the heap";
  }

  // Is it one of the spare buckets at the end of the array?
  bool is_spare(const void* bucket, const Array& array) const {
    const auto* address = static_cast<const char*>(bucket);
    const auto* base = static_cast<const char*>(array.buckets);
    const auto* begin = base + bucket_count(array.b) * type_.bucket_size;
    const auto* end = base + array_buckets(array.b) * type_.bucket_size;
    return address >= begin && address < end && static_cast<size_t>(address - base) % type_.bucket_size == 0;
  }

  // M11: every link leads to a spare bucket of its array, or to an object of its own.
  void collect_overflow(Array& array) {
    const uint64_t overflow_max = heap_.stats().live_objects + array_buckets(array.b);
    if (map_.b < kExactOverflowB) array.overflow.reserve(map_.noverflow);
    for (uint64_t i = 0; i < bucket_count(array.b); ++i) {
      const ChainPlace place{array.chain_name, i};
      uint64_t number = 0;
      for (Bucket bucket = Bucket::at(array.buckets, i, type_).overflow(); bucket;
           bucket = bucket.overflow()) {
        const void* const memory = bucket.memory();
        ++number;
        if (!is_spare(memory, array))
          check_object("M11", memory, type_.bucket_size, [&] { return place.path(number); });
        if (array.overflow.size() > overflow_max)
          report("M11", place.path(), "more buckets than there are: the chain is cyclic");
        if (!violations_.empty()) return;
        array.overflow.push_back(memory);
      }
    }
  }

  // M11: chains are acyclic and disjoint.
  void check_met_once() {
    for_each_array([&](Array& array) {
      std::sort(array.overflow.begin(), array.overflow.end());
      const auto twice = std::adjacent_find(array.overflow.begin(), array.overflow.end());
      if (twice != array.overflow.end()) report_twice(*twice);
    });
    for (const void* bucket : old_.overflow) {
      if (in(present_.overflow, bucket)) report_twice(bucket);
    }
  }

  void report_twice(const void* bucket) {
    report("M11", "bucket " + at_offset(bucket), "is met twice: chains are cyclic or share it");
  }

  static bool in(const Addresses& sorted, const void* address) {
    return std::binary_search(sorted.begin(), sorted.end(), address);
  }

  // M2, M3, M4, M5, M6 and M9 chain by chain, and with all chains seen M1 and M8.
  void check_chains() {
    ChainVerifier chains(map_, type_, violations_);
    for (uint64_t i = 0; i < bucket_count(map_.b); ++i) chains.check_present(i);
    for (uint64_t i = 0; map_.growing() && i < bucket_count(map_.old_b()); ++i) chains.check_old(i);
    if (chains.live() != map_.count) {
      report("M1", "header", "count " + to_string(map_.count) + ", live slots " + to_string(chains.live()));
    }
    const uint64_t overflow = present_.overflow.size();
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
      const bool in_chain = in(present_.overflow, bucket.memory());
      if (in_chain != (i < used)) {
        report("M8", "spare bucket " + to_string(i),
               in_chain ? "in a chain, but counted as unused" : "counted as used, but in no chain");
      }
      if (i >= used && !all_zero(bucket.memory(), type_.bucket_size)) {
        report("M9", "spare bucket " + to_string(i), "unused, but not zero");
      }
    }
  }

  // M9: a spare bucket that was cut off with its chain was wiped as well. The collector still sees it.
  void check_old_spares() {
    const uint64_t spares = spare_buckets(old_.b, type_.bucket_size);
    for (uint64_t i = 0; i < spares; ++i) {
      const Bucket bucket = Bucket::at(old_.buckets, bucket_count(old_.b) + i, type_);
      if (in(old_.overflow, bucket.memory())) continue;
      if (!all_zero(bucket.key(0), type_.bucket_size - kBucketSlots))
        report("M9", "old spare bucket " + to_string(i), "in no chain, but holds keys, values or a link");
    }
  }

  // M12: the list holds exactly the overflow buckets that lie outside the array.
  void check_side_list(Array& array) {
    if (type_.scanned()) return;
    Addresses listed;
    const auto* const list = static_cast<const OverflowList*>(array.list);
    if (list != nullptr) listed.reserve(std::min<uint64_t>(list->size, array.overflow.size()));
    for_each_overflow(list, [&](const void* bucket) { listed.push_back(bucket); });
    std::sort(listed.begin(), listed.end());
    if (std::adjacent_find(listed.begin(), listed.end()) != listed.end()) {
      report("M12", array.list_name, "lists an overflow bucket twice");
    }
    Addresses& needed = array.overflow;
    std::erase_if(needed, [&](const void* bucket) { return is_spare(bucket, array); });
    if (listed != needed) {
      report("M12", array.list_name,
             "lists " + to_string(listed.size()) + " overflow buckets, " + to_string(needed.size()) +
                 " are in chains outside the array, and the two sets differ");
    }
  }

  const MapHeader& map_;
  const MapType& type_;
  const Heap& heap_;
  HeapInspector inspector_;
  Array present_;
  Array old_;
  Violations violations_;
};

}  // namespace

Violations MapInspector::verify() const {
  return Verifier(*header_, *type_).run();
}

}  // namespace gcmap
