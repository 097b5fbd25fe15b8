// Decision points: the heap is sound at every one of them, each occurs in the phases it is said to, and those
// in the middle of an allocation carry out marking only.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

Type blob_type() {
  Type type;
  type.name = "blob";
  type.size = 8;
  return type;
}

const Type kBlob = blob_type();

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.barrier_buffer_entries = 2;
  options.zero_piece_bytes = 64;
  return options;
}

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

// Verifies the heap at every event and counts where it was in which phase.
class Verifying final : public EventSink {
 public:
  explicit Verifying(const Heap& heap) : heap_(heap) {}

  void on_point(DecisionPoint point) override {
    const Phase phase = heap_.phase();
    EXPECT_TRUE(occurs_in(point, phase)) << name_of(point) << " in phase " << name_of(phase);
    ++arrivals[static_cast<size_t>(point)][static_cast<size_t>(phase)];
    verify(name_of(point));
  }
  void on_phase(Phase, Phase) override { verify("phase"); }
  void on_shade(const void*) override { verify("shade"); }
  void on_barrier(const void*, const void*, const void*) override { verify("barrier"); }
  void on_allocate(const void*, size_t, uint64_t) override { verify("allocate"); }

  uint64_t at(DecisionPoint point, Phase phase) const {
    return arrivals[static_cast<size_t>(point)][static_cast<size_t>(phase)];
  }

  uint64_t arrivals[kDecisionPointCount][kPhaseCount] = {};

 private:
  void verify(const char* where) {
    for (const Violation& v : heap_.verify())
      ADD_FAILURE() << "at " << where << ": " << v.id << " " << v.path << ": " << v.detail;
  }

  const Heap& heap_;
};

// Steps a little at every point. What only marks is told to do everything.
class Stepping final : public PacingStrategy {
 public:
  PacingDecision decide(DecisionPoint point, const PacingView& view) override {
    if (allows_marking_only(point)) {
      EXPECT_TRUE(occurs_in(point, view.phase));
      return {random_.chance(1, 3), random_.below(3), true, UINT64_MAX, false, UINT64_MAX};
    }
    PacingDecision decision;
    decision.start = random_.chance(1, 10);
    decision.mark_units = random_.below(3);
    decision.terminate = random_.chance(1, 3);
    decision.sweep_spans = random_.chance(1, 4) ? 1 : 0;
    decision.scavenge_pages = random_.chance(1, 20) ? 2 : 0;
    return decision;
  }

 private:
  Random random_{7};
};

class DecisionPointsTest : public testing::Test {
 protected:
  DecisionPointsTest() : heap_(small_heap()), step_(heap_) {}
  ~DecisionPointsTest() override {
    step_.set_event_sink(nullptr);
    step_.set_pacing(nullptr);
  }

  Heap heap_;
  Stepper step_;
};

TEST_F(DecisionPointsTest, TheHeapIsSoundAtEachAndEachOccursWhereItIsSaidTo) {
  Verifying sink(heap_);
  Stepping pacing;
  step_.set_event_sink(&sink);
  step_.set_pacing(&pacing);
  Mutator* const mutators[] = {&heap_.mutator(), &heap_.add_mutator()};
  Random random(3);
  std::vector<std::unique_ptr<RootHandle>> roots;
  for (int i = 0; i < 6; ++i) roots.push_back(std::make_unique<RootHandle>(heap_));
  for (int i = 0; i < 1200 && !HasFailure(); ++i) {
    heap_.enter(*mutators[random.below(2)]);
    const uint32_t kind = random.below(3);
    const size_t count = random.chance(1, 20) ? 4200 : 2 + random.below(40);
    RootHandle fresh(heap_, heap_.allocate(kind == 0 ? kBlob : kind == 1 ? kTraced : kArray, count));
    RootHandle& root = *roots[random.below(roots.size())];
    if (kind == 0) {
      std::memset(fresh.get(), 0x77, count * 8);
      root.set(fresh.get());
    } else {
      Heap::store(static_cast<void**>(fresh.get()), root.get());
      Heap::store(static_cast<void**>(fresh.get()) + 1, roots[random.below(roots.size())]->get());
      root.set(random.chance(1, 10) ? nullptr : fresh.get());
    }
    if (random.chance(1, 5)) heap_.safepoint();
    if (random.chance(1, 5)) step_.scavenge(random.below(20));
    if (random.chance(1, 10)) {
      heap_.set_limit(0);
      EXPECT_THROW(heap_.allocate(kBlob, 100 * kPageBytes), OutOfMemory);
      heap_.set_limit(SIZE_MAX);
    }
  }
  step_.set_event_sink(nullptr);
  for (const DecisionPoint point :
       {DecisionPoint::kAllocationEntered, DecisionPoint::kAllocationSlow, DecisionPoint::kAllocationClaimed,
        DecisionPoint::kAllocationZeroPiece, DecisionPoint::kAllocationZeroed,
        DecisionPoint::kAllocationPublished, DecisionPoint::kAllocationFails, DecisionPoint::kSafepoint,
        DecisionPoint::kScavengerPick}) {
    for (const Phase phase : {Phase::kIdle, Phase::kMark, Phase::kSweep})
      EXPECT_GT(sink.at(point, phase), 0u) << name_of(point) << " in phase " << name_of(phase);
  }
  EXPECT_GT(sink.at(DecisionPoint::kBarrierFlush, Phase::kMark), 0u);
  EXPECT_GT(sink.at(DecisionPoint::kSpanSwept, Phase::kSweep), 0u);
  EXPECT_GT(heap_.stats().cycles, 3u);
}

// Looks at one slot at the points of the allocation that takes it.
class SlotWatch final : public EventSink {
 public:
  SlotWatch(const Heap& heap, const char* slot) : heap_(heap), slot_(slot) {}
  void on_point(DecisionPoint point) override {
    const std::optional<ObjectView> object = HeapInspector(heap_).find(slot_);
    lines.push_back(name_of(point));
    if (point >= DecisionPoint::kAllocationClaimed) {
      lines.back() += ", first byte " + std::to_string(static_cast<unsigned char>(*slot_));
    }
    if (object.has_value()) {
      lines.back() += ", " + std::to_string(object->bytes) + " bytes";
      if (object->type != nullptr) lines.back() += std::string(" of ") + object->type->name;
    }
    expect_sound(heap_);
  }
  std::vector<std::string> lines;

 private:
  const Heap& heap_;
  const char* slot_;
};

TEST(DecisionPoints, ASlotIsClaimedWithItsOldBytesThenZeroedThenAnObject) {
  for (const size_t count : {size_t{3}, size_t{5000}}) {
    for (const Type* type : {&kBlob, &kArray}) {
      HeapOptions options = small_heap();
      options.zero_piece_bytes = 40000;
      Heap heap(options);
      Stepper step(heap);
      RootHandle neighbour(heap, heap.allocate(*type, count));
      char* const dead = static_cast<char*>(heap.allocate(*type, count));
      std::memset(dead, 0xee, count * 8);
      heap.collect();
      SlotWatch watch(heap, dead);
      step.set_event_sink(&watch);
      heap.allocate(*type, count);
      step.set_event_sink(nullptr);
      const std::string object =
          ", " + std::to_string(count * 8) + " bytes" + (type == &kArray ? " of array" : "");
      EXPECT_EQ(watch.lines,
                (std::vector<std::string>{
                    "allocation entered", "allocation slow path", "allocation claimed, first byte 238",
                    "allocation zeroed, first byte 0", "allocation published, first byte 0" + object}));
    }
  }
}

// Answers with everything there is at one kind of point.
class EverythingAt final : public PacingStrategy {
 public:
  explicit EverythingAt(DecisionPoint point) : point_(point) {}
  PacingDecision decide(DecisionPoint point, const PacingView&) override {
    if (point != point_) return {};
    return {true, UINT64_MAX, true, UINT64_MAX, true};
  }

 private:
  DecisionPoint point_;
};

TEST_F(DecisionPointsTest, ACycleStartedInsideAnAllocationMarksAndTheNewObjectIsBlack) {
  for (const DecisionPoint point : {DecisionPoint::kAllocationClaimed, DecisionPoint::kAllocationZeroed}) {
    for (const Type* type : {&kBlob, &kArray, &kTraced}) {
      for (const size_t count : {size_t{3}, size_t{5000}}) {
        RootHandle kept(heap_, heap_.allocate(kBlob, 1));
        EverythingAt pacing(point);
        step_.set_pacing(&pacing);
        void* const fresh = heap_.allocate(*type, count);
        step_.set_pacing(nullptr);
        EXPECT_EQ(heap_.phase(), Phase::kMark) << "started, marked, but not ended";
        EXPECT_GT(heap_.stats().mark_work, 0u);
        EXPECT_TRUE(HeapInspector(heap_).find(kept.get())->marked);
        EXPECT_TRUE(HeapInspector(heap_).find(fresh)->marked);
        expect_sound(heap_);
        heap_.collect();
        EXPECT_EQ(heap_.stats().live_objects, 1u);
      }
    }
  }
}

}  // namespace
}  // namespace gcmap
