// The world of a run: one heap with its mutators, four names for maps, sixteen for objects, eight iterators,
// each beside its reference.
//
// It does an operation on both sides and compares the answers; it holds no policy about when whole
// structures are verified (harness/run/execution.cc decides). Maps: world.cc; objects and roots:
// world_objects.cc; what resizes, copies and calls back: world_whole.cc; finalizers and weak references:
// world_lifetimes.cc; the pool and the weak-valued map: world_reuse.cc; the arena: world_arena.cc; memory and
// pacing: world_memory.cc; checks: world_checks.cc.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gcmap/arena.h"
#include "gcmap/handles.h"
#include "gcmap/heap.h"
#include "gcmap/pool.h"
#include "gcmap/reference_queue.h"
#include "gcmap/step.h"
#include "gcmap/weak.h"
#include "gcmap/weak_key_map.h"
#include "gcmap/weak_value_map.h"
#include "harness/model/arena.h"
#include "harness/model/lifetime.h"
#include "harness/model/pool.h"
#include "harness/model/reference.h"
#include "harness/model/reference_graph.h"
#include "harness/oracle/map.h"
#include "harness/oracle/witness.h"
#include "harness/program/digest.h"
#include "harness/program/op.h"
#include "harness/run/pacing.h"
#include "harness/subject/hasher.h"
#include "harness/subject/node.h"
#include "harness/subject/subject.h"

namespace gcmap::harness {

inline constexpr size_t kMaps = 4;
inline constexpr size_t kRoots = 16;
inline constexpr size_t kWeaks = 8;

// What an armed callback throws.
struct CallbackThrew {};

// A map of the graph: whatever its names, it is judged as one.
struct MapRecord {
  MapKind kind;
  std::shared_ptr<ReferenceMap> reference;
  MapOracle oracle;
};

// A name for a map. Several may name the same one.
struct MapSlot {
  std::unique_ptr<Subject> subject;  // null: the name stands for nothing
  Ref ref = kNoRef;
  MapRecord* record = nullptr;
};

// A name for an object: a root in the frame of the mutator that was current when it took its first value.
struct RootSlot {
  std::optional<RootHandle> handle;
  Ref ref = kNoRef;
};

// A weak reference, and the life of the object it was made in.
struct WeakSlot {
  std::optional<Weak<Node>> weak;
  Ref ref = kNoRef;
  uint32_t life = 0;
};

struct IteratorSlot {
  std::unique_ptr<SubjectIterator> subject;
  std::optional<ReferenceIteration> reference;
  Ref map = kNoRef;  // what the subject keeps alive: nothing once it has ended, or if the map was empty

  bool running() const { return subject != nullptr && !reference->ended(); }
};

class World {
 public:
  // `pacing`, unless null, stands in for the configuration's strategy. Not owned.
  World(const Config& config, bool oracles, PacingStrategy* pacing = nullptr);
  ~World();

  // Each does the operation on both sides, throws Failure on a difference, and returns what the map
  // answered. `every_byte`: also compare every byte around a look-up. std::bad_alloc: it has not happened, on
  // either side. Keys and values are a program's numbers (harness/program/map_kind.h): a map of nodes gets a
  // new node of that number, a map of maps a new map.
  void make(size_t map, uint64_t hint);
  void drop(size_t map);
  bool put(size_t map, uint64_t key, uint64_t value);
  bool insert(size_t map, uint64_t key, uint64_t value);
  uint64_t increment(size_t map, uint64_t key, uint64_t delta);
  std::optional<uint64_t> get(size_t map, uint64_t key, bool every_byte);
  bool erase(size_t map, uint64_t key);
  // By a number in place of a key.
  std::optional<uint64_t> get_as(size_t map, uint64_t key, bool every_byte);
  bool erase_as(size_t map, uint64_t key);
  // Erases every key that is `rest` modulo `modulus`. Returns how many.
  uint64_t erase_if(size_t map, uint64_t modulus, uint64_t rest);
  void clear(size_t map);
  void reserve(size_t map, uint64_t entries);
  void fit(size_t map);
  void set_shrinking(size_t map, bool on);
  // Returns false if there is no map: `target` then stands for nothing.
  bool clone(size_t map, size_t target);
  void swap(size_t map, size_t target);
  void iterate(size_t map, size_t iterator, IterationStart start);
  // The entry produced; nothing at the end or if the iterator does not run.
  std::optional<std::pair<uint64_t, uint64_t>> advance(size_t iterator);
  void stop(size_t iterator);
  // Returns false, and does nothing, while a map holds the key or an iterator runs.
  bool set_hash(uint64_t key, uint64_t hash);
  // Ends a growth in progress by erasing a key that is not there. Returns how many erasures it took.
  uint64_t finish(size_t map);

  // Objects. Each returns false and does nothing when a name stands for nothing, or for the wrong thing.
  void make_object(size_t root, uint32_t cells);
  bool link(size_t root, uint32_t link, size_t source);
  bool unlink(size_t root, uint32_t link);
  bool load(size_t root, size_t source, uint32_t link);
  bool copy(size_t root, size_t source);
  bool move(size_t root, size_t source);
  void release(size_t root);
  bool store(size_t map, uint64_t key, size_t source);
  bool fetch(size_t root, size_t map, uint64_t key);
  bool link_map(size_t root, uint32_t link, size_t map);
  bool open(size_t map, size_t source, uint32_t link);
  bool store_map(size_t map, uint64_t key, size_t target);
  bool fetch_map(size_t target, size_t map, uint64_t key);
  bool enter(size_t mutator);

  // Lifetimes. Each returns whether it did anything, or how often.
  bool finalize(size_t root, FinalizerDeed deed);
  bool unfinalize(size_t root);
  uint64_t run_finalizers(uint64_t limit);
  bool make_weak(size_t weak, size_t root);
  void drop_weak(size_t weak);
  bool read_weak(size_t root, size_t weak);
  bool watch(size_t root);
  uint64_t poll();
  bool annotate(size_t table, size_t root, size_t source);
  bool unannotate(size_t table, size_t root);
  bool recall(size_t root, size_t table, size_t source);

  // The pool and the weak-valued map. Each returns whether it did anything.
  bool pool_put(size_t root);
  bool pool_get(size_t root);
  bool weak_put(uint64_t key, size_t root);
  bool weak_get(size_t root, uint64_t key);
  bool weak_erase(uint64_t key);

  // The arena: at most one at a time, made when it is first needed. What hangs things on objects -
  // finalizers, weak references, watches, weak keys and values - must refuse its objects; maps and the pool
  // are not given them. `arena_free` returns whether there was one.
  void arena_new(size_t root, uint32_t cells);
  bool arena_free();

  // Memory and pacing. A percentage of 1000 is off, a limit of 0 pages none.
  void set_gogc(uint32_t percent);
  void set_limit(uint32_t pages);
  void set_soft_limit(uint32_t pages);
  uint64_t idle(uint64_t units);
  uint64_t scavenge(uint64_t pages);
  // May an allocation fail although nobody asked it to? Checks that `error` says why.
  bool may_fail(const std::bad_alloc& error) const;

  // What the next operation is to meet: a collector step at a decision point, an allocation failure.
  void arm(DecisionPoint point, uint32_t arrival, const PacingDecision& decision);
  void arm_failure(uint64_t nth);
  void arm_callback(uint64_t nth, CallbackDeed deed);
  bool failure_armed() const { return failure_armed_; }
  void disarm();
  // Did an armed failure strike, or an armed callback do its deed, up to the last disarm(), that nobody asked
  // about before?
  bool take_struck() { return std::exchange(failure_struck_, false); }
  // May all that an allocation failure ended be the removal of dead entries, which is tried again?
  bool tries_again() const { return weak_values_ && !weak_values_->up_to_date(); }
  bool take_called() { return std::exchange(called_, false); }

  // Cheap checks after an operation: iterator flags, what the witness saw, lost objects if any were freed,
  // the chain last written to.
  void check_quickly();
  // H12: what the heap did is what the witness was told.
  void check_told() const;
  // Whole structures: M1 to M13 of every map the program can get at, the heap's own verifier, G9 of every
  // slot.
  void verify();
  // After an allocation failure ended an operation: everything is as it was (G7).
  void check_after_failure();
  // Everything at the end: contents entry by entry, a full loop over each map, collections, exact live
  // set, and an empty heap once everything is let go. The world is unusable afterwards.
  void check_at_end();

  // Maps, objects, names and statistics; `metadata`: how large the descriptions of the heap are, too.
  void add_to(Digest& digest, bool metadata = true);

  Heap& heap() { return heap_; }
  const Heap& heap() const { return heap_; }
  const ProgramHasher& hasher() const { return hasher_; }
  const MapSlot& map(size_t i) const { return maps_[i]; }
  const RootSlot& root(size_t i) const { return roots_[i]; }
  const IteratorSlot& iterator(size_t i) const { return iterators_[i]; }
  const Witness& witness() const { return witness_; }
  const ReferenceGraph& graph() const { return graph_; }

 private:
  // Key and value of a write as the map takes them, and as the graph knows them. The words are unrooted: the
  // map's own business from the call on.
  struct Operands {
    uint64_t id = 0;  // of the key: equal keys have one
    Word key = 0;
    Word value = 0;
    uint64_t number = 0;  // what the value counts as
    Ref key_ref = kNoRef;
    Ref value_ref = kNoRef;
  };

  MapSlot& ensure(size_t map);
  std::unique_ptr<Subject> make_map_of(MapKind kind, uint64_t hint, Ref& ref);
  void name_map(MapSlot& slot, Ref ref);
  void open_map(size_t map, MapHeader* header, Ref ref);
  Word new_node(uint64_t number, uint32_t cells, Ref& ref);
  Operands operands(MapKind kind, Word key, uint64_t value);
  void make_key(MapKind kind, Operands& words);
  Word key_to_find(MapKind kind, Word key);
  void begin_write(const MapSlot& slot, uint64_t id);
  void end_write(const MapSlot& slot, bool inserts, bool works, bool erases = false);
  bool assign(MapSlot& slot, const Operands& words);
  void write_down(const MapRecord& record, const Operands& words, bool overwrites_key);
  bool erase_from(MapSlot& slot, Word key, bool as = false);
  std::optional<uint64_t> look_up(size_t map, uint64_t key, bool every_byte, bool as);
  void write_in_callback(Ref map, CallbackDeed deed);
  uint64_t finish_growth(MapSlot& slot);
  void expect_stored(const char* what, const MapRecord& record, uint64_t key,
                     std::optional<Word> actual) const;
  std::pair<uint64_t, uint64_t> judged_entry(const MapRecord& record, Word key, Word value) const;
  void expect_key(const MapRecord& record, const ReferenceMap::Entry& entry, Word key) const;
  static void stop_subject(IteratorSlot& slot);

  bool is_node(size_t root) const;
  void set_root(size_t root, void* value, Ref ref);
  void set_link(size_t root, uint32_t link, void* target, Ref ref);
  void* link_target(size_t source, uint32_t link, Ref& ref) const;
  void expect_shaded(bool was_marking, const void* value);

  bool set_finalizer_of(Ref ref, Node* node, FinalizerDeed deed);
  void run_finalizer(Ref ref, void* object, FinalizerDeed deed);
  void judge_finalizer(Ref ref, void* object);
  void do_deed(Ref ref, void* object, FinalizerDeed deed);
  void expect_given_up(Ref ref, const char* oracle, const std::string& what);
  bool leads_to(const WeakSlot& name, Ref ref) const;
  void check_pending() const;
  void settle_lifetimes();
  void check_table(size_t table);
  void check_table_sizes();
  uint64_t own_cells(ObjectSet& owned);
  void let_lifetimes_go();

  void age_pool();
  void check_pool();
  void check_limit();
  bool own_pacing_enabled() const;
  void expect_dropped_for_lack_of_memory(Ref ref);
  void judge_weak_value(uint64_t key, bool found);
  void check_weak_values();
  bool is_heap_node(size_t root) const { return is_node(root) && !arena_nodes_.contains(roots_[root].ref); }
  bool refused(size_t root, const char* oracle, const char* what, const std::function<void(Node*)>& ask);
  void check_arena() const;
  uint64_t own_chunks(ObjectSet& owned) const;

  const MapHeader* header_of(Ref map) const { return static_cast<const MapHeader*>(graph_.address(map)); }
  void walk_from_names();
  template <typename Visit>
  void for_each_live_map(Visit&& visit);  // visit(Ref, MapRecord&), after a walk
  void check_lost();
  void check_flags() const;
  void check_written_chain() const;
  void check_contents(const char* when, MapSlot& slot);
  void check_entries(const MapRecord& record, const MapInspector& map) const;
  void check_full_loop(size_t map);
  void settle(Ref map, MapRecord& record);
  void check_live_set();
  void check_exact_live_set();
  void let_everything_go();

  // Order matters: handles are roots and must go before the heap.
  const Config config_;
  ProgramHasher hasher_;
  bool oracles_;
  Heap heap_;
  std::vector<Mutator*> mutators_;
  ReferenceGraph graph_;
  Witness witness_;
  ScriptedPacing pacing_;
  std::map<Ref, MapRecord> records_;
  std::optional<Root<Node>> probe_;  // looks keys up in maps from nodes; id 0, no thing of the graph
  std::array<MapSlot, kMaps> maps_;
  std::array<RootSlot, kRoots> roots_;
  std::array<IteratorSlot, kIterators> iterators_;
  LifetimeModel lifetimes_;
  std::array<WeakSlot, kWeaks> weaks_;
  ReferenceQueue dead_{heap_};
  WeakKeyMap<Node, Node> tables_[kWeakTables] = {WeakKeyMap<Node, Node>(heap_),
                                                 WeakKeyMap<Node, Node>(heap_)};
  std::optional<Pool<Node>> pool_;  // made when first used, and with it its handles
  PoolModel pooled_;
  std::optional<WeakValueMap<uint64_t, Node>> weak_values_;  // likewise
  std::optional<Arena> arena_;                               // likewise
  ArenaModel arena_nodes_;
  bool own_pacing_;  // the heap's
  int gogc_percent_;
  size_t limit_bytes_ = SIZE_MAX;
  uint64_t pages_allowed_ = UINT64_MAX;  // to be in use, as of the last look
  uint64_t soft_limit_bytes_ = UINT64_MAX;
  uint64_t finalizers_ran_ = 0;
  uint64_t finalizers_threw_ = 0;
  std::optional<Failure>
      finalizer_failure_;    // of a finalizer that is running: the library contains what it throws
  uint64_t serial_ = 0;      // incarnations so far
  uint64_t nans_ = 0;        // inserted so far
  uint64_t iterations_ = 0;  // iterations so far
  bool failure_armed_ = false;
  bool failure_struck_ = false;
  bool called_ = false;
  Ref written_map_ = kNoRef;  // and the id of the key last written to it, for check_quickly
  uint64_t written_id_ = 0;
};

}  // namespace gcmap::harness
