// The world of a run: one heap, four maps, eight iterators, each beside its reference.
//
// It does an operation on both sides and compares the answers; it holds no policy about when whole
// structures are verified (harness/execution.cc decides).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "gcmap/heap.h"
#include "gcmap/step.h"
#include "harness/cycle_oracle.h"
#include "harness/digest.h"
#include "harness/hasher.h"
#include "harness/map_oracle.h"
#include "harness/op.h"
#include "harness/reference.h"
#include "harness/subject.h"

namespace gcmap::harness {

inline constexpr size_t kMaps = 4;

struct MapSlot {
  std::unique_ptr<Subject> subject;
  std::shared_ptr<ReferenceMap> reference;
  MapOracle oracle;
};

struct IteratorSlot {
  std::unique_ptr<SubjectIterator> subject;
  std::optional<ReferenceIteration> reference;

  bool running() const { return subject != nullptr && !reference->ended(); }
};

class World {
 public:
  World(const Config& config, bool oracles);
  ~World();

  // Each does the operation on both sides, throws Failure on a difference, and returns what the map
  // answered. `every_byte`: also compare every byte around a look-up.
  void make(size_t map, uint64_t hint);
  void drop(size_t map);
  bool put(size_t map, uint64_t key, uint64_t value);
  bool insert(size_t map, uint64_t key, uint64_t value);
  uint64_t increment(size_t map, uint64_t key, uint64_t delta);
  std::optional<uint64_t> get(size_t map, uint64_t key, bool every_byte);
  bool erase(size_t map, uint64_t key);
  void clear(size_t map);
  void iterate(size_t map, size_t iterator, IterationStart start);
  // The entry produced; nothing at the end or if the iterator does not run.
  std::optional<std::pair<uint64_t, uint64_t>> advance(size_t iterator);
  void stop(size_t iterator);
  // Returns false, and does nothing, while a map holds the key or an iterator runs.
  bool set_hash(uint64_t key, uint64_t hash);

  // Cheap checks after an operation: iterator flags, what the collector's oracle saw.
  void check_quickly();
  // Whole structures: M1 to M13 of every map, the heap's own verifier.
  void verify();
  // Everything at the end: contents entry by entry, a full loop over each map, collections, exact live
  // set, and an empty heap once all maps are gone. The world is unusable afterwards.
  void check_at_end();

  void add_to(Digest& digest) const;

  Heap& heap() { return heap_; }
  const MapSlot& map(size_t i) const { return maps_[i]; }
  const IteratorSlot& iterator(size_t i) const { return iterators_[i]; }
  const CycleOracle& cycles() const { return cycle_oracle_; }

 private:
  MapSlot& ensure(size_t map);
  void check_contents(size_t map) const;
  void check_full_loop(size_t map);
  void check_live_set();

  // Order matters: maps and iterators are roots and must go before the heap.
  ProgramHasher hasher_;
  bool oracles_;
  Heap heap_;
  CycleOracle cycle_oracle_;
  std::unique_ptr<PacingStrategy> pacing_;
  std::array<MapSlot, kMaps> maps_;
  std::array<IteratorSlot, kIterators> iterators_;
  uint64_t serial_ = 0;      // incarnations so far
  uint64_t iterations_ = 0;  // iterations so far
};

}  // namespace gcmap::harness
