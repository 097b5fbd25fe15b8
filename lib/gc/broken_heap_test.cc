// Where a broken collector stops: the step that meets the damage ends the process, and says what it met.
//
// The verifiers find the same and more, but afterwards. Each test breaks one thing in a sound heap.
#include <gtest/gtest.h>

#include <functional>

#include "gc/cycle/barrier_buffer.h"
#include "gc/cycle/collector.h"
#include "gc/pacing/pacer.h"
#include "gc/test_heap.h"
#include "gc/test_objects.h"
#include "gcmap/arena.h"
#include "gcmap/finalizer.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/watches.h"
#include "gcmap/weak.h"

namespace gcmap {
namespace {

// A collector without its heap, so that every part of it is at hand.
class BrokenCollectorDeathTest : public testing::Test {
 protected:
  BrokenCollectorDeathTest() : collector_(tiny_steps()) {}

  HeapRangeHeader& header() { return *collector_.space().header(); }
  SpaceCounters& counters() { return const_cast<SpaceCounters&>(collector_.space().counters()); }
  char* allocate(size_t words) {
    return static_cast<char*>(collector_.allocate(collector_.mutator(), kArray, words * sizeof(void*)));
  }
  Span& span_of(const void* object) { return *collector_.space().pages().index().span_of(object); }
  void mark() {
    collector_.start();
    while (!collector_.mark(UINT64_MAX)) {
    }
  }
  void sweep_begins() {
    mark();
    collector_.terminate();
  }

  Collector collector_;
};

TEST_F(BrokenCollectorDeathTest, ACycleStartsWhenTheLastOneIsOver) {
  counters().unswept_pages = 1;
  EXPECT_DEATH(collector_.start(), "a cycle starts with 1 pages of the last one unswept");
  counters().unswept_pages = 0;
  header().barrier_on = true;
  EXPECT_DEATH(collector_.start(), "a cycle starts with the barrier of the last one still on");
}

TEST_F(BrokenCollectorDeathTest, MarkingNeedsTheBarrier) {
  collector_.start();
  header().barrier_on = false;
  EXPECT_DEATH(collector_.mark(1), "a step of marking with the barrier off");
  EXPECT_DEATH(collector_.terminate(), "marking ends with the barrier off");
}

TEST_F(BrokenCollectorDeathTest, WhatIsUnsweptIsOnAList) {
  sweep_begins();
  counters().unswept_pages = 1;
  EXPECT_DEATH(collector_.sweep(1), "1 pages are unswept and no list has a span of them");
}

TEST_F(BrokenCollectorDeathTest, NothingIsSweptBeforeMarkingEnds) {
  Span& span = span_of(allocate(1 << 16));
  const uint32_t generation = collector_.space().sweepgen();
  CentralList& list = collector_.space().central(span.span_class);
  list.remove(span, generation);
  span.sweepgen = generation - 2;
  list.add(span, generation);
  counters().unswept_pages = span.pages;
  EXPECT_DEATH(allocate(1 << 20), "pages are unswept in phase idle|a span was unswept in phase idle");
}

TEST_F(BrokenCollectorDeathTest, BarrierBuffersAreDrainedWhileMarking) {
  collector_.mutator().barrier.add(allocate(1));
  EXPECT_DEATH(collector_.flush_barrier(collector_.mutator()),
               "a barrier buffer holds pointers in phase idle");
}

TEST_F(BrokenCollectorDeathTest, TheBarrierIsEnteredWhileMarking) {
  char* const object = allocate(1);
  EXPECT_DEATH(collector_.barrier().shade(object), "the write barrier was entered in phase idle");
}

TEST_F(BrokenCollectorDeathTest, ASpanIsSweptWithItsObjectsCounted) {
  span_of(allocate(1 << 16)).live_count = 0;
  sweep_begins();
  EXPECT_DEATH(collector_.sweep(UINT64_MAX), "objects of a span: 0 less 1 is below zero");
}

TEST_F(BrokenCollectorDeathTest, ASpanIsSweptWithNothingLost) {
  Span& span = span_of(allocate(1 << 16));
  sweep_begins();
  span.lost_grey = true;
  EXPECT_DEATH(collector_.sweep(UINT64_MAX), "a span is swept that lost a grey object");
}

TEST_F(BrokenCollectorDeathTest, TheDeadOfASpanAreThoseOfItsMarks) {
  Span& span = span_of(allocate(1 << 16));
  EXPECT_DEATH(collector_.lifetimes().clear_dead_specials(span),
               "generation 2 loses its dead at generation 2");
}

TEST_F(BrokenCollectorDeathTest, WhatIsAliveLiesInASpan) {
  EXPECT_DEATH((void)collector_.lifetimes().is_alive(this), "is asked for and lies in no span");
  EXPECT_DEATH((void)collector_.lifetimes().specials.first_on(this), "has a special and lies in no span");
}

// Takes steps of its own between those of a collection.
class SteppingSink final : public EventSink {
 public:
  explicit SteppingSink(Collector& collector) : collector_(collector) {}
  void on_point(DecisionPoint point) override {
    if (point != DecisionPoint::kSpanSwept) return;
    collector_.sweep(UINT64_MAX);
    collector_.start();
  }

 private:
  Collector& collector_;
};

TEST_F(BrokenCollectorDeathTest, AWholeCollectionEndsItsCycle) {
  const void* const object = allocate(1);
  ASSERT_NE(object, nullptr);
  SteppingSink sink(collector_);
  collector_.set_sink(&sink);
  EXPECT_DEATH(collector_.collect(), "a whole collection ended in phase mark");
  collector_.set_sink(nullptr);
}

TEST_F(BrokenCollectorDeathTest, NoMoreIsFreedThanWasAllocated) {
  counters().freed_bytes = 1;
  EXPECT_DEATH((void)collector_.view(), "bytes allocated less freed: 0 less 1 is below zero");
  counters().freed_bytes = 0;
  counters().freed_objects = 1;
  EXPECT_DEATH((void)collector_.stats(), "objects allocated less freed: 0 less 1 is below zero");
}

TEST_F(BrokenCollectorDeathTest, NoMoreDependentsLeaveThanCame) {
  EXPECT_DEATH(collector_.lifetimes().remove_dependent(),
               "reference queues, weak maps, arenas and pools: 0 less 1");
}

// A marker apart from the collector's: two entries of stack, pieces of eight words.
class BrokenMarkerDeathTest : public BrokenCollectorDeathTest {
 protected:
  Marker marker_{collector_.space(), 64, 2};
};

TEST_F(BrokenMarkerDeathTest, AMarkPhaseBeginsWithoutGreyObjects) {
  marker_.shade(allocate(2));
  EXPECT_DEATH(marker_.begin(), "a mark phase begins with grey objects of the last one");
}

TEST_F(BrokenMarkerDeathTest, TheStackIsEmptyBeforeLostObjectsAreSearchedFor) {
  for (int i = 0; i < 3; ++i) marker_.shade(allocate(2));
  EXPECT_DEATH(marker_.rescan_one(), "are searched for before it is empty");
}

TEST_F(BrokenMarkerDeathTest, APieceBeginsInsideItsObject) {
  char* const object = allocate(20);
  EXPECT_TRUE(marker_.scan_unmarked(object, 2));
  EXPECT_DEATH(marker_.scan_unmarked(object, 3), "piece 3 of an object of 160 bytes, in pieces of 64");
}

TEST_F(BrokenMarkerDeathTest, ElementsWithoutSizeTakeNoBytes) {
  Type empty = kArray;
  empty.size = 0;
  EXPECT_TRUE(marker_.scan_unmarked(collector_.allocate(collector_.mutator(), empty, 0), 0));
  EXPECT_EQ(marker_.scanned_bytes(), 0u);
}

TEST_F(BrokenMarkerDeathTest, APointerLeadsToASlot) {
  EXPECT_DEATH(marker_.shade(this), "leads to no span");
  Span& span = span_of(allocate(5));
  EXPECT_DEATH(marker_.shade(span.base + span.slot_count * span.slot_bytes), "leads behind the last slot");
}

// Objects that something hangs on.
using BrokenSpecialsDeathTest = TinyStepsTest;

TEST_F(BrokenSpecialsDeathTest, ASpecialHangsOnOneObject) {
  const Local<Leaf> one(heap_, numbered(heap_, 1));
  const Local<Leaf> other(heap_, numbered(heap_, 2));
  Specials& specials = HeapDoor::lifetimes(heap_).specials;
  WatchList list(specials);
  Watch watch(list, 1);
  specials.attach(watch, one.get());
  EXPECT_DEATH(specials.attach(watch, other.get()), "a special of .* is to hang on");
  watch.object = other.get();
  EXPECT_DEATH(specials.detach(watch), "is not in the list of its slot");
  watch.object = one.get();
  specials.detach(watch);
  watch.object = one.get();
  EXPECT_DEATH(specials.detach(watch), "has a special, and its span has none");
}

TEST_F(BrokenSpecialsDeathTest, AWeakCellLeadsToItsObjectUntilItIsCleared) {
  HeapDoor::weak_cell(heap_, numbered(heap_, 1))->target = nullptr;
  EXPECT_DEATH(heap_.collect(), "the weak cell of .* leads to \\(nil\\): cleared before");
  HeapDoor::lifetimes(heap_).weak_cells.for_each(
      [](WeakSpecial& special) { special.cell->target = special.object; });
}

ArenaChunk& chunk_of(Heap& heap, const void* object) {
  return *static_cast<ArenaChunk*>(
      HeapDoor::lifetimes(heap).specials.find(object, Special::Kind::kArenaChunk));
}

TEST_F(BrokenSpecialsDeathTest, AChunkIsRetiredOnce) {
  Arena arena(heap_);
  ArenaChunk& chunk = chunk_of(heap_, arena.make<Leaf>());
  chunk.span->retired = true;
  EXPECT_DEATH(arena.free(), "the chunk at .* is retired a second time");
  chunk.span->retired = chunk.span->arena = false;
  EXPECT_DEATH(arena.free(), "the chunk at .* is retired, and its span is no arena's");
  chunk.span->arena = true;
}

TEST_F(BrokenSpecialsDeathTest, AChunkIsALargeObjectOfWhichAPartIsInUse) {
  Arenas& arenas = HeapDoor::lifetimes(heap_).arenas;
  ArenaChunk chunk;
  const Local<Leaf> small(heap_, numbered(heap_, 1));
  EXPECT_DEATH(arenas.attach(chunk, small.get(), 8), "a chunk of an arena in a span of .* slots");
  const RootHandle large(heap_, heap_.allocate(arena_chunk_type(), 8192));
  EXPECT_DEATH(arenas.attach(chunk, large.get(), 65537), "65537 bytes in use of a chunk of 65536");
}

TEST(BarrierBufferDeathTest, HasRoomForItsEntries) {
  EXPECT_DEATH(BarrierBuffer(0), "a barrier buffer of 0 entries");
  EXPECT_DEATH(BarrierBuffer(BarrierBuffer::kEntriesMax + 1),
               "a barrier buffer of 1025 entries; it has room for 1024");
}

TEST(PacerDeathTest, SettlesGoalsBeforeItIsAsked) {
  Pacer pacer(100, Pacer::kNoLimit);
  pacer.reset_live(64 << 20, 0, 0);
  EXPECT_DEATH((void)pacer.bounds({}), "a goal of 4194304 bytes, of which 67108864 are alive");
}

#ifndef NDEBUG

std::function<void()> during_trace;
const Type kMeddling{.name = "traced by a function that does more than it may",
                     .size = sizeof(void*),
                     .trace = [](const Type&, const void*, size_t, SlotVisitor&) { during_trace(); }};

TEST_F(BrokenCollectorDeathTest, TraceFunctionsLeavePhaseAndBarrierAlone) {
  void* const object = collector_.allocate(collector_.mutator(), kMeddling, sizeof(void*));
  collector_.start();
  collector_.barrier().shade(object);
  during_trace = [this] { EXPECT_TRUE(collector_.terminate()); };
  EXPECT_DEATH(collector_.mark(2), "a unit of marking in phase sweep: a trace function took a step");
  during_trace = [this] { header().barrier_on = false; };
  EXPECT_DEATH(collector_.mark(2), "a unit of marking with the barrier off, on when its step began");
}

TEST_F(BrokenSpecialsDeathTest, AChunkIsFilledFromItsBeginningToItsEnd) {
  Arena arena(heap_);
  ArenaChunk& chunk = chunk_of(heap_, arena.make<Leaf>());
  EXPECT_DEATH(HeapDoor::lifetimes(heap_).arenas.extend(chunk, chunk.capacity + 1),
               "bytes of a chunk of 65536, after 16");
  EXPECT_DEATH(HeapDoor::lifetimes(heap_).arenas.extend(chunk, 8), "8 bytes of a chunk of 65536, after 16");
  EXPECT_DEATH(chunk.note(0, kArray, 1), "objects at 0 of a chunk, before the end of those noted");
}

TEST_F(BrokenMarkerDeathTest, WhatIsGreyIsMarked) {
  char* const object = allocate(2);
  marker_.shade(object);
  span_of(object).mark_bits[0] = 0;
  EXPECT_DEATH(marker_.scan_one(), "is grey and not marked");
}

TEST_F(BrokenMarkerDeathTest, AFreeSlotIsNotMarked) {
  Span& span = span_of(allocate(2));
  EXPECT_DEATH(marker_.shade(span.slot_address(span.free_index)), "leads to a free slot");
}

// Asked before the last element is read, of which a part is not the object's.
TEST_F(BrokenMarkerDeathTest, AnObjectIsAWholeNumberOfElements) {
  char* const object = allocate(2);
  reinterpret_cast<void**>(object)[1] = this;
  ++span_of(object).slack[0];
  EXPECT_DEATH(marker_.scan_unmarked(object, 0), "15 bytes of elements of 8");
}

#endif

}  // namespace
}  // namespace gcmap
