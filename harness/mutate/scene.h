// A scene: operations written one after the other on a few names, each in a state in which it does something.
//
// A scene has one name of each kind - a map, an iterator over it, two roots - and writes every operation on
// these, so that operations meet. What one needs before it - an entry to erase, an iterator to advance, a
// weak reference to read - is looked up in the forecast and written first if it is not there. What the swarm
// mask forbids is not written.
//
// Internal to the mutator (harness/mutate/program_mutator.h).
#pragma once

#include <cstdint>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/mutate/forecast.h"
#include "harness/mutate/generate.h"
#include "harness/program/op.h"
#include "harness/program/typed_operands.h"

namespace gcmap::harness {

struct SceneNames {
  MapName map;
  MapName other;
  IteratorName iterator;
  RootName root;
  RootName source;
  WeakName weak;
  TableName table;
  uint32_t key = 1;
};

// What an operation needs before it, to do something. Those further down need what stands above.
enum Need : uint32_t {
  kNeedsNothing = 0,
  kNeedsEntry = 1,
  kNeedsIterator = 1 << 1,
  kNeedsGrowth = 1 << 2,
  kNeedsRoot = 1 << 3,  // to hold an object
  kNeedsSource = 1 << 4,
  kNeedsLink = 1 << 5,     // of the source, to an object
  kNeedsMapLink = 1 << 6,  // to a map
  kNeedsObjects = 1 << 7,  // as values of the map
  kNeedsMaps = 1 << 8,
  kNeedsInnerMap = 1 << 9,  // under the other name
  kNeedsFinalizer = 1 << 10,
  kNeedsQueued = 1 << 11,  // a finalizer that may run
  kNeedsWeak = 1 << 12,
  kNeedsDead = 1 << 13,  // something that was watched
  kNeedsAnnotation = 1 << 14,
  kNeedsPooled = 1 << 15,
  kNeedsWeakValue = 1 << 16,
  kNeedsArena = 1 << 17,
  kNeedsMarking = 1 << 18,
  kNeedsMarked = 1 << 19,
  kNeedsSweeping = 1 << 20,
  kNeedsMutators = 1 << 21,
  kNeedsWeakLink = 1 << 23,  // of the source
  kNeedsAlike = 1 << 22,     // under the other name a map that is equal, or but for one value
};
uint32_t needs_of(OpKind kind);

// Can the need be met by programs of that configuration?
bool suits(const Config& config, uint32_t needs);

class Scene {
 public:
  // The forecast is of what has been written before. All three are changed, and must outlive the scene.
  Scene(Random& random, Generator& generator, Forecast& forecast, const Config& config);

  const SceneNames& names() const { return names_; }
  const std::vector<Operation>& operations() const { return operations_; }

  // The operation on the names, and before it what it needs.
  // Requires: it is no arm.
  void perform(OpKind kind);
  // Lets the operation wait for the next one performed, right before it.
  // Requires: it is an arm.
  void arm(OpKind kind);
  // Roots let go of what they hold.
  void let_go();
  // Leaves the map where the next writes change it: one below a size at which it grows, there, in the middle
  // of a growth, at the end of one, almost empty.
  void stage_map();
  // Iterators that stand somewhere in the map.
  void start_iterators(uint32_t count);
  // The arena's last chunk up to its end, or one object less or more; or several objects into the pool.
  void stage_reuse();
  void open_cycle();

  // Ends what runs: iterators, the cycle.
  void end_iterators();
  void end_cycle();

  // Entries put or erased in one run, until the map has `size`.
  void fill_to(uint64_t size);
  void erase_to(uint64_t size);

  void add(const Operation& operation);

 private:
  void satisfy(uint32_t needs);
  void satisfy_map(uint32_t needs);
  void satisfy_objects(uint32_t needs);
  void satisfy_lifetimes(uint32_t needs);
  void satisfy_collector(uint32_t needs);
  void make_alike();
  void hold_object(RootName root);
  void crowd();  // keys that share a chain or a mark
  void churn();  // towards a growth to the same size
  void fill_chains_in_turn();
  void shrink();
  static bool reads_source(OpKind kind);
  static bool is_weak_link(OpKind kind);
  Operation named(OpKind kind);
  uint64_t key_for(OpKind kind);
  uint64_t link_of(RootName root);

  const MapForecast* map() const { return forecast_.map(names_.map); }
  uint64_t size() const { return map() == nullptr ? 0 : map()->size(); }

  Random& random_;
  Generator& generator_;
  Forecast& forecast_;
  const Config& config_;
  SceneNames names_;
  std::vector<Operation> arms_;
  std::vector<Operation> operations_;
};

}  // namespace gcmap::harness
