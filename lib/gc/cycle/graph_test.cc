// Random programs on an object graph, with collector steps in between, against a reference graph.
//
// The reference knows every edge and root. No object it can reach may ever be freed, in any interleaving
// (G3); after two whole collections exactly what it can reach is left (G2); the verifiers hold all along.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gc/cycle/mutator.h"
#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

// An array of pointers whose slots the marker finds by offsets.
// The same with a trace function.
Type blob_type() {
  Type type;
  type.name = "blob";
  type.size = 1;
  return type;
}

const Type kBlob = blob_type();

struct ModelObject {
  char* address = nullptr;
  const Type* type = nullptr;
  size_t count = 0;
  std::vector<int> edges;  // -1: null
  bool freed = false;
};

// Steps at random at every decision point.
class RandomPacing final : public PacingStrategy {
 public:
  explicit RandomPacing(uint64_t seed) : random_(seed) {}
  PacingDecision decide(DecisionPoint, const PacingView&) override {
    PacingDecision decision;
    decision.start = random_.chance(1, 16);
    decision.mark_units = random_.chance(1, 2) ? random_.below(4) : 0;
    decision.terminate = random_.chance(1, 4);
    decision.sweep_spans = random_.chance(1, 3) ? random_.below(3) : 0;
    decision.collect = random_.chance(1, 400);
    return decision;
  }

 private:
  Random random_;
};

class GraphProgram : public EventSink {
 public:
  GraphProgram(uint64_t seed, bool watched, bool paced)
      : random_(seed), options_(options_of(seed)), heap_(options_), step_(heap_), pacing_(seed ^ 1) {
    mutators_.push_back(&heap_.mutator());
    for (uint64_t i = seed % 4; i > 0; --i) mutators_.push_back(&heap_.add_mutator());
    for (int i = 0; i < 8; ++i) add_root(-1);
    if (watched) step_.set_event_sink(this);
    step_.set_pacing(paced ? static_cast<PacingStrategy*>(&pacing_) : &manual_);
  }

  void run(int operations, int verify_every) {
    for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) {
      if (random_.chance(1, 8)) heap_.enter(*mutators_[random_.below(mutators_.size())]);
      if (random_.chance(1, 200)) replace_a_mutator();
      operate();
      if (i % verify_every == 0) expect_sound();
    }
    heap_.collect();
    heap_.collect();
    expect_sound();
    expect_live_set_is_the_models();
    step_.set_event_sink(nullptr);
    step_.set_pacing(nullptr);
  }

  // Everything a program can observe.
  std::string digest() const {
    const HeapStats s = heap_.stats();
    std::string text;
    for (uint64_t v : {s.live_bytes, s.live_objects, s.pages_in_use, s.pages_free, s.spans_in_use,
                       s.allocated_bytes, s.allocated_objects, s.freed_objects, s.cycles, s.mark_work,
                       s.sweep_work, s.marked_bytes_last_cycle}) {
      text += std::to_string(v) + " ";
    }
    HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
      text += std::to_string(heap_.offset_of(object.address)) + ":" + std::to_string(object.bytes) + " ";
    });
    return text;
  }

  void on_free(const void* address, const Type*) override {
    const auto found = by_address_.find(address);
    ASSERT_NE(found, by_address_.end()) << "freed twice, or never allocated";
    ASSERT_EQ(reachable().count(found->second), 0u) << "reachable object freed";
    objects_[static_cast<size_t>(found->second)].freed = true;
    by_address_.erase(found);
  }

 private:
  static HeapOptions options_of(uint64_t seed) {
    Random random(seed * 31 + 5);
    HeapOptions options;
    options.range_bytes = size_t{256} << 20;
    options.barrier_buffer_entries = 1 + random.below(5);
    options.mark_piece_bytes = 64 + random.below(200);
    options.root_piece_slots = 1 + random.below(3);
    options.mark_stack_entries = random.chance(1, 2) ? 1 + random.below(6) : 1 << 22;
    options.refill_sweep_spans = 1 + random.below(3);
    options.clobber_freed = random.chance(1, 3);
    options.quarantine_objects = random.chance(1, 3) ? 1 + random.below(60) : 0;
    return options;
  }

  std::set<int> reachable() const {
    std::set<int> found;
    std::vector<int> work(root_targets_);
    while (!work.empty()) {
      const int id = work.back();
      work.pop_back();
      if (id < 0 || !found.insert(id).second) continue;
      for (int edge : objects_[static_cast<size_t>(id)].edges) work.push_back(edge);
    }
    return found;
  }

  void expect_sound() {
    for (const Violation& v : heap_.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
  }

  void expect_live_set_is_the_models() {
    std::set<const void*> expected;
    for (int id : reachable()) expected.insert(objects_[static_cast<size_t>(id)].address);
    std::set<const void*> live;
    HeapInspector(heap_).for_each_object([&](const ObjectView& object) { live.insert(object.address); });
    EXPECT_EQ(live, expected);
    EXPECT_EQ(heap_.stats().live_objects, expected.size());
  }

  void add_root(int id) {
    roots_.push_back(
        std::make_unique<RootHandle>(heap_, id < 0 ? nullptr : objects_[static_cast<size_t>(id)].address));
    root_targets_.push_back(id);
  }

  // One that owns no roots goes, another one comes.
  void replace_a_mutator() {
    Mutator*& mutator = mutators_[random_.below(mutators_.size())];
    if (mutator == &heap_.mutator() || !mutator->roots.empty()) return;
    heap_.remove_mutator(*mutator);
    mutator = &heap_.add_mutator();
  }

  // An object reached by a walk from a random root; -1 when it leads nowhere.
  int pick() {
    int id = root_targets_[random_.below(root_targets_.size())];
    for (uint32_t hops = random_.below(6); hops > 0 && id >= 0; --hops) {
      const std::vector<int>& edges = objects_[static_cast<size_t>(id)].edges;
      if (edges.empty()) break;
      const int next = edges[random_.below(edges.size())];
      if (next >= 0) id = next;
    }
    return id;
  }

  // A pointer to the object, sometimes into it.
  void* pointer_to(int id) {
    if (id < 0) return nullptr;
    const ModelObject& object = objects_[static_cast<size_t>(id)];
    const size_t bytes = object.type->size * object.count;
    return object.address + (bytes > 8 && random_.chance(1, 4) ? random_.below(bytes) : 0);
  }

  void operate() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        return allocate();
      case 3:
      case 4:
      case 5:
        return store();
      case 6:
        return store_range();
      case 7:
        return clear_range();
      case 8:
        return change_roots();
      default:
        return step();
    }
  }

  void allocate() {
    ModelObject object;
    const uint32_t kind = random_.below(8);
    object.type = kind == 0 ? &kBlob : kind < 4 ? &kTraced : &kArray;
    object.count = random_.chance(1, 30) ? 4200 + random_.below(3000) : random_.below(12);
    if (object.type != &kBlob) object.edges.assign(object.count, -1);
    object.address = static_cast<char*>(heap_.allocate(*object.type, object.count));
    const size_t bytes = object.type->size * object.count;
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(object.address[i], 0) << "not zeroed";
    if (object.type == &kBlob) std::memset(object.address, 0xff, bytes);
    by_address_[object.address] = static_cast<int>(objects_.size());
    objects_.push_back(object);
    const size_t root = random_.below(roots_.size());
    roots_[root]->set(object.address);
    root_targets_[root] = static_cast<int>(objects_.size()) - 1;
  }

  void store() {
    const int holder = pick();
    if (holder < 0 || objects_[static_cast<size_t>(holder)].edges.empty()) return;
    const int target = random_.chance(1, 5) ? -1 : pick();
    ModelObject& object = objects_[static_cast<size_t>(holder)];
    const size_t slot = random_.below(object.edges.size());
    Heap::store(reinterpret_cast<void**>(object.address) + slot, pointer_to(target));
    object.edges[slot] = target;
  }

  void store_range() {
    const int a = pick();
    const int b = pick();
    if (a < 0 || b < 0) return;
    ModelObject& target = objects_[static_cast<size_t>(a)];
    ModelObject& source = objects_[static_cast<size_t>(b)];
    const size_t count = std::min(target.edges.size(), source.edges.size());
    if (count == 0) return;
    const size_t length = 1 + random_.below(std::min<size_t>(count, 20));
    const size_t to = random_.below(target.edges.size() - length + 1);
    const size_t from = random_.below(source.edges.size() - length + 1);
    HeapDoor::store_range(*target.type, target.address + to * 8, source.address + from * 8, length * 8);
    const std::vector<int> moved(source.edges.begin() + static_cast<std::ptrdiff_t>(from),
                                 source.edges.begin() + static_cast<std::ptrdiff_t>(from + length));
    std::copy(moved.begin(), moved.end(), target.edges.begin() + static_cast<std::ptrdiff_t>(to));
  }

  void clear_range() {
    const int id = pick();
    if (id < 0 || objects_[static_cast<size_t>(id)].edges.empty()) return;
    ModelObject& object = objects_[static_cast<size_t>(id)];
    const size_t from = random_.below(object.edges.size());
    const size_t length = 1 + random_.below(std::min<size_t>(object.edges.size() - from, 30));
    HeapDoor::clear_range(*object.type, object.address + from * 8, length * 8);
    for (size_t i = 0; i < length; ++i) object.edges[from + i] = -1;
  }

  void change_roots() {
    const size_t i = random_.below(roots_.size());
    const uint32_t kind = random_.below(5);
    if (kind == 0 && roots_.size() < 20) {
      add_root(pick());
    } else if (kind == 1 && roots_.size() > 4) {
      roots_.erase(roots_.begin() + static_cast<std::ptrdiff_t>(i));
      root_targets_.erase(root_targets_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (kind == 2) {
      roots_[i]->set(nullptr);
      root_targets_[i] = -1;
    } else {
      const int id = pick();
      roots_[i]->set(pointer_to(id));
      root_targets_[i] = id;
    }
  }

  void step() {
    switch (random_.below(8)) {
      case 0:
        step_.start();
        break;
      case 1:
      case 2:
      case 3:
        step_.mark(1 + random_.below(6));
        break;
      case 4:
        step_.terminate();
        break;
      case 5:
      case 6:
        step_.sweep(1 + random_.below(3));
        break;
      default:
        if (random_.chance(1, 12)) heap_.collect();
        heap_.safepoint();
    }
  }

  Random random_;
  HeapOptions options_;
  Heap heap_;
  Stepper step_;
  std::vector<Mutator*> mutators_;
  ManualPacing manual_;
  RandomPacing pacing_;
  std::vector<ModelObject> objects_;
  std::unordered_map<const void*, int> by_address_;
  std::vector<std::unique_ptr<RootHandle>> roots_;
  std::vector<int> root_targets_;
};

class GraphTest : public testing::TestWithParam<uint64_t> {};

TEST_P(GraphTest, NothingReachableDiesWhenStepsComeBetweenOperations) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  GraphProgram(GetParam(), true, false).run(2500, 7);
}

TEST_P(GraphTest, NothingReachableDiesWhenStepsComeInsideOperations) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  GraphProgram(GetParam() + 1000, true, true).run(2500, 7);
}

TEST_P(GraphTest, SameProgramSameDigestWatchedOrNotFreshOrReused) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::vector<std::string> digests;
  for (const bool watched : {true, false, false}) {
    GraphProgram program(GetParam(), watched, false);
    program.run(1500, 100000);
    digests.push_back(program.digest());
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(digests[1], digests[2]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, GraphTest, testing::Range<uint64_t>(1, 25));

}  // namespace
}  // namespace gcmap
