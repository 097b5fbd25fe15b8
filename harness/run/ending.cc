#include "harness/run/ending.h"

#include <functional>
#include <string>
#include <vector>

#include "gcmap/internal/gc/verify/inspector.h"
#include "harness/oracle/expect.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

std::string place_of(const Heap& heap, const ObjectView& object) {
  return "object at heap offset " + to_string(heap.offset_of(object.address)) + " (" +
         (object.type != nullptr ? object.type->name : "pointer-free") + ", " + to_string(object.bytes) +
         " bytes)";
}

// One end. Its writes are handed to the checks as those of an operation are.
class Ending {
 public:
  explicit Ending(Families& families)
      : families_(families),
        heap_(families.environment.heap()),
        graph_(families.environment.graph()),
        table_(families.maps.table()),
        judge_(families.environment) {}

  void run();

 private:
  void check_contents(const char* when, MapSlot& slot) const;
  void check_full_loop(MapName map);
  void check_live_set();
  void finish_map(ObjectId map);
  void collect_until_nothing_dies();
  std::vector<const void*> owned_by(ObjectId map, const MapRecord& record, const ObjectSet& owned) const;
  void check_exact_live_set();
  void let_everything_go();
  void let_lifetimes_go();

  // The checks after an operation.
  void check_quickly() { families_.checks.check_quickly(step_.take_written()); }

  Families& families_;
  Heap& heap_;
  const ModelGraph& graph_;
  MapTable& table_;
  MapJudge judge_;
  Digest nobodys_;
  Step step_{nobodys_};
};

void Ending::check_contents(const char* when, MapSlot& slot) const {
  const ModelMap& model = *slot.record->model;
  if (slot.adapter->size() != model.size()) {
    throw Failure{"MD",
                  "size: expected " + to_string(model.size()) + ", got " + to_string(slot.adapter->size())};
  }
  const MapKind kind = slot.record->kind;
  for (const auto& [id, entry] : model.entries()) {
    const std::optional<Word> found = slot.adapter->find(families_.maps.entries().key_to_find(kind, id));
    if (is_nan(kind, id)) {
      expect_same(when, id, std::nullopt, found);  // a loop finds it
    } else {
      judge_.expect_stored(when, *slot.record, id, found);
    }
  }
}

void Ending::check_full_loop(MapName map) {
  Iterators& iterators = families_.maps.iterators();
  const IteratorName loop(0);
  const MapSlot& slot = table_.slot(map);
  iterators.stop(loop);
  iterators.iterate(slot, loop, {}, families_.maps.entries().serial());
  uint64_t produced = 0;
  const uint64_t size = slot.record->model->size();
  while (produced <= size && iterators.advance(loop)) ++produced;
  if (produced != size) {
    throw Failure{"MD", "a loop over m" + to_string(map.index) + " of " + to_string(size) +
                            " entries produced " + (produced > size ? "more" : to_string(produced))};
  }
}

// G2 and G3 by the library's own structure: after a collection what is alive is what is reachable.
void Ending::check_live_set() {
  heap_.collect();
  if (families_.lifetimes.model().used()) {
    heap_.collect();  // what was put into the pool last goes with the second collection
    heap_.collect();  // weak cells go a cycle after their objects
  }
  check_quickly();
  throw_first(heap_.verify(), "after the last collection: ");
  HeapWalk walk;
  Violations violations;
  walk.run(heap_, &violations);
  throw_first(violations, "after the last collection: ");
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
    if (!walk.reached().contains(object.address))
      throw Failure{"G2", "after a collection the " + place_of(heap_, object) + " is alive and unreachable"};
  });
}

// Compares the map's contents and ends its growth, so that no old array keeps what the map has let go. An
// empty map cannot be moved on by erasing: it gets an entry for the time being.
void Ending::finish_map(ObjectId map) {
  Entries& entries = families_.maps.entries();
  const MapKind kind = table_.record(map).kind;
  const Word temporary_key = key_count(kind) + 1;
  MapSlot slot = table_.open_unnamed(map);
  check_contents("look-up after the last collection", slot);
  const bool was_empty = slot.record->model->size() == 0;
  if (slot.adapter->inspect().state().growth == 0) return;
  if (was_empty) entries.assign(slot, entries.words(kind, temporary_key, 0), step_);
  entries.finish_growth(slot, step_);
  if (was_empty) entries.erase_word(slot, temporary_key, false, step_);
}

// Until nothing dies any more: every finalizer whose object nothing leads to has run, weak references and
// entries are those of what is alive, and the queue has told of the rest.
void Ending::collect_until_nothing_dies() {
  Lifetimes& lifetimes = families_.lifetimes;
  if (!lifetimes.model().used()) return;
  do {
    heap_.collect();
    check_quickly();
  } while (lifetimes.run_finalizers(UINT64_MAX) > 0);
  heap_.collect();
  check_quickly();
  const ModelWalk walk = families_.environment.walk();
  lifetimes.check_when_nothing_dies(walk);
  families_.reuse.check_weak_values(walk);
  lifetimes.drop_weak_references();
  families_.reuse.drop_weak_values();
  lifetimes.poll();
  heap_.collect();  // cells go a cycle after their objects
}

// What a map and its entries own, each once.
std::vector<const void*> Ending::owned_by(ObjectId map, const MapRecord& record,
                                          const ObjectSet& owned) const {
  const MapInspector inspector = table_.inspect(map);
  std::vector<const void*> mine;
  inspector.for_each_owned([&](const void* address, size_t) { mine.push_back(address); });
  for_each_object_of_entries(inspector, record.kind, [&](const void* object, bool box) {
    if (box || !owned.contains(object)) mine.push_back(object);  // bytes of strings are shared with clones
  });
  return mine;
}

// The live set is exactly what the model says: nodes and maps by number, and what maps own by the maps
// that are alive.
// Requires: no iterator, no growth in progress.
void Ending::check_exact_live_set() {
  heap_.collect();
  collect_until_nothing_dies();
  families_.checks.check_complaints();
  const ModelWalk walk = families_.checks.check_lost();
  ObjectSet owned;
  owned.clear(heap_);
  uint64_t others_wanted = 0;
  table_.for_each_live(walk, [&](ObjectId object_id, const MapRecord& record) {
    const std::vector<const void*> mine = owned_by(object_id, record, owned);
    for (const void* object : mine) owned.add(object);
    others_wanted += mine.size();  // what two entries of a map share is missing here
  });
  others_wanted += families_.lifetimes.own_cells(owned, walk) + families_.reuse.own_chunks(owned, walk);
  uint64_t nodes_alive = 0;
  uint64_t others_alive = 0;
  const auto judge = [&](const ObjectView& object) {
    const bool node = object.type == &node_type() ||
                      (object.type == nullptr && graph_.plain_at(object.address) != kNoObject);
    ++(node ? nodes_alive : others_alive);
    const ObjectId object_id =
        node ? static_cast<ObjectId>(static_cast<const Node*>(object.address)->id()) : kNoObject;
    const bool wanted =
        node ? graph_.contains(object_id) && walk.reached(object_id) : owned.contains(object.address);
    if (!wanted)
      throw Failure{"G2", "in the end the " + place_of(heap_, object) + " is alive, and nothing leads to it"};
  };
  HeapInspector(heap_).for_each_object(std::cref(judge));
  if (others_alive != others_wanted) {
    throw Failure{"G3", "in the end maps and entries own " + to_string(others_wanted) + " objects each and " +
                            to_string(others_alive) + " are alive"};
  }
  uint64_t nodes_wanted = 0;
  for (ObjectId object_id = 1; object_id <= graph_.size(); ++object_id)
    nodes_wanted += walk.reached(object_id) && !graph_.is_map(object_id) &&
                    !families_.objects.arena_nodes().contains(object_id);
  if (nodes_alive != nodes_wanted) {
    throw Failure{"G3", "in the end " + to_string(nodes_wanted) + " objects can be reached and " +
                            to_string(nodes_alive) + " are alive"};
  }
}

void Ending::let_everything_go() {
  families_.objects.release_all();
  for (size_t i = 0; i < kMaps; ++i) table_.drop(MapName(i));
  families_.reuse.free_arena();
  families_.reuse.drop_pool();
  families_.reuse.drop_weak_values();
  families_.environment.remove_mutators();
  let_lifetimes_go();
  heap_.collect();
  const HeapStats stats = heap_.stats();
  if (stats.live_objects != 0) {
    throw Failure{"G2", to_string(stats.live_objects) + " objects are alive after everything was let go"};
  }
  throw_first(heap_.verify(), "after everything was let go: ");
}

// What waits for a death goes with what finalizers would keep.
void Ending::let_lifetimes_go() {
  Lifetimes& lifetimes = families_.lifetimes;
  if (!lifetimes.model().used()) return;
  lifetimes.clear_finalizers();
  heap_.collect();
  heap_.collect();  // weak cells
  check_quickly();
  lifetimes.poll();
  lifetimes.check_gone();
}

void Ending::run() {
  families_.memory.drop_limit();
  check_quickly();
  for (size_t i = 0; i < kMaps; ++i) {
    MapSlot& slot = table_.slot(MapName(i));
    if (slot.adapter == nullptr) continue;
    check_contents("look-up at the end", slot);
    check_full_loop(MapName(i));
  }
  if (!families_.environment.oracles()) return;
  check_live_set();
  families_.maps.iterators().stop_all();
  std::vector<ObjectId> maps;
  table_.for_each_live(families_.environment.walk(),
                       [&](ObjectId object_id, const MapRecord&) { maps.push_back(object_id); });
  for (const ObjectId map : maps) finish_map(map);
  families_.maps.entries().drop_probe();
  check_exact_live_set();
  let_everything_go();
}

}  // namespace

void check_at_end(Families& families) {
  Ending(families).run();
}

}  // namespace gcmap::harness
