// Where a broken heap stops: the step that meets the damage ends the process, and says what it met.
//
// The verifier finds the same and more, but afterwards. Each test breaks one thing in a sound space.
#include <gtest/gtest.h>

#include <vector>

#include "gcmap/internal/alloc/metadata_allocator.h"
#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/page_set.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/counter.h"

namespace gcmap {
namespace {

class IdleTrigger final : public CollectionTrigger {
 public:
  void on_allocation_slow() override {}
  bool sweep_one(SpanClass) override { return false; }
  bool reclaim() override { return false; }
};

// A cached span of small objects, and a listed one of a large object.
class BrokenSpaceDeathTest : public testing::Test {
 protected:
  BrokenSpaceDeathTest() : space_({size_t{16} << 20, UINT64_MAX, 0}, trigger_) {
    space_.attach(cache_);
    bytes_.size = 1;
    small_ = space_.pages().index().span_of(space_.allocate(cache_, bytes_, 100));
    large_ = space_.pages().index().span_of(space_.allocate(cache_, bytes_, 100000));
  }

  uint32_t generation() const { return space_.sweepgen(); }
  // Only what is broken on purpose writes to them.
  SpaceCounters& counters() { return const_cast<SpaceCounters&>(space_.counters()); }
  CentralList& list_of(const Span& span) { return space_.central(span.span_class); }
  // The large object is dead, and its span about to be released.
  void sweep_large() {
    space_.begin_sweep();
    space_.take_unswept(*large_);
    large_->live_count = 0;
  }

  struct TrimAtEnd {
    ~TrimAtEnd() { Reservation::trim(); }
  };

  TrimAtEnd trim_;  // goes last: a damaged range must not serve another test
  IdleTrigger trigger_;
  ObjectSpace space_;
  SpanCache cache_;
  Type bytes_;
  Span* small_ = nullptr;
  Span* large_ = nullptr;
};

TEST(CounterDeathTest, NoCounterFallsBelowZero) {
  uint32_t counter = 3;
  take_off(counter, 3, "things");
  EXPECT_EQ(counter, 0u);
  EXPECT_EQ(checked_sub(uint64_t{1} << 40, 1, "bytes"), (uint64_t{1} << 40) - 1);
  EXPECT_DEATH(take_off(counter, 1, "things"), "things: 0 less 1 is below zero");
}

TEST_F(BrokenSpaceDeathTest, CachedSpansAreOnNoList) {
  EXPECT_DEATH(list_of(*small_).add(*small_, generation()),
               "generation 5 is put on the lists of generation 2");
  EXPECT_DEATH(list_of(*small_).remove(*small_, generation()), "generation 5 is put on the lists");
}

TEST_F(BrokenSpaceDeathTest, ASpanBeingSweptIsOnNoList) {
  space_.begin_sweep();
  space_.take_unswept(*large_);
  EXPECT_DEATH(list_of(*large_).add(*large_, generation()),
               "generation 3 is put on the lists of generation 4");
}

TEST_F(BrokenSpaceDeathTest, AListedSpanKeepsItsGeneration) {
  space_.detach(cache_);
  small_->sweepgen = generation() - 2;
  EXPECT_DEATH((void)list_of(*small_).take_partial_swept(generation()),
               "generation 0 was on the swept list of generation 2");
}

TEST_F(BrokenSpaceDeathTest, OnlyASpanWithAFreeSlotIsAllocatedFrom) {
  space_.detach(cache_);
  SpanCache other;
  space_.attach(other);
  small_->live_count = small_->slot_count;
  EXPECT_DEATH(space_.allocate(other, bytes_, 100), "slots in use was listed as partly free");
}

TEST_F(BrokenSpaceDeathTest, ACachedSpanKeepsItsGeneration) {
  small_->sweepgen = generation();
  EXPECT_DEATH(space_.detach(cache_), "a cached span has generation 2, of the heap's 2");
}

TEST_F(BrokenSpaceDeathTest, OnlyUnsweptSpansAreTakenToBeSwept) {
  EXPECT_DEATH(space_.take_unswept(*large_), "generation 2 is to be swept at generation 2");
}

TEST_F(BrokenSpaceDeathTest, OnlyATakenSpanComesBackSwept) {
  EXPECT_DEATH(space_.put_swept(*large_), "generation 2 comes back from a sweep at generation 2");
}

TEST_F(BrokenSpaceDeathTest, ASweepIsOverBeforeTheNextBegins) {
  space_.begin_sweep();
  EXPECT_DEATH(space_.begin_sweep(), "a sweep begins with 14 pages of the last one unswept");
}

TEST_F(BrokenSpaceDeathTest, NoMorePagesAreSweptThanThereAre) {
  space_.begin_sweep();
  counters().unswept_pages = large_->pages - 1;
  EXPECT_DEATH(space_.take_unswept(*large_), "unswept pages: 12 less 13 is below zero");
}

TEST_F(BrokenSpaceDeathTest, NoMoreSpansAreReleasedThanThereAre) {
  sweep_large();
  counters().spans_in_use = 0;
  EXPECT_DEATH(space_.put_swept(*large_), "spans in use: 0 less 1 is below zero");
}

TEST_F(BrokenSpaceDeathTest, ASpanIsReleasedWithoutSpecials) {
  sweep_large();
  Special* head = nullptr;
  large_->specials = &head;
  large_->special_count = 1;
  EXPECT_DEATH(space_.put_swept(*large_), "is released with 1 specials");
  large_->specials = nullptr;
}

TEST_F(BrokenSpaceDeathTest, PagesAreReleasedOnce) {
  PageHeap& pages = space_.pages();
  EXPECT_DEATH(pages.release(large_->first_page, large_->pages), "are released and still in the index");
  const uint32_t first_page = pages.allocate(3)->first_page;
  pages.release(first_page, 3);
  EXPECT_DEATH(pages.release(first_page, 3), "3 pages at page .* are released and still in the index");
}

TEST_F(BrokenSpaceDeathTest, NoMorePagesAreReleasedThanAreInUse) {
  PageHeap& pages = space_.pages();
  for (uint32_t i = 0; i < large_->pages; ++i) pages.index().clear(large_->first_page + i);
  EXPECT_DEATH(pages.release(large_->first_page, 1000), "pages in use: 14 less 1000 is below zero");
}

TEST_F(BrokenSpaceDeathTest, AFreeRunHasPages) {
  PageHeap& pages = space_.pages();
  const uint32_t inside_a_run = pages.committed_pages() - 2;
  EXPECT_DEATH(pages.release(inside_a_run, 0), "a free run at page .* has no pages");
}

TEST_F(BrokenSpaceDeathTest, FreeRunsAreReservedForWholeRunsReleased) {
  PageHeap& pages = space_.pages();
  const auto leave_holes = [&] {
    for (int i = 0; i < 100; ++i) pages.release(pages.allocate(3)->first_page + 1, 1);
  };
  EXPECT_DEATH(leave_holes(), "no spare free run with .* reserved: more runs than spans allow");
}

TEST_F(BrokenSpaceDeathTest, ASpanHasPages) {
  EXPECT_DEATH((void)space_.pages().allocate(0), "no pages wanted");
}

TEST_F(BrokenSpaceDeathTest, OnlyPagesOfTheRangeAreCommittedAndDiscarded) {
  const std::unique_ptr<Reservation> range = Reservation::acquire(size_t{1} << 20);
  EXPECT_DEATH(range->commit(129), "129 pages are to be committed of a range of 128");
  range->commit(128);
  EXPECT_DEATH(range->discard(0, 1), "1 pages at page 0 are to be discarded");
  EXPECT_DEATH(range->discard(120, 9), "9 pages at page 120 are to be discarded; 128 are committed");
}

TEST(PageSetDeathTest, SummariesSayWhichWordsHaveMembers) {
  std::vector<uint64_t> words(PageSet::words_for(1000));
  PageSet set(words.data(), 1000);
  set.add(700, 1);
  words[700 / 64] = 0;
  EXPECT_DEATH((void)set.highest_run(1), "a set of 1 pages is empty where level 1 says it is not");
}

TEST(PageSetDeathTest, FiveLevelsServeTheLargestRange) {
  EXPECT_DEATH(PageSet(nullptr, UINT32_MAX), "a set of 4294967295 pages needs more than 5 levels");
}

TEST(MetadataAllocatorDeathTest, GivesBackOnlyWhatItHandsOut) {
  MetadataAllocator allocator;
  void* const block = allocator.allocate(64);
  EXPECT_DEATH(allocator.release(block, 1 << 20), "metadata block of 1048576 bytes given back");
}

#ifndef NDEBUG

TEST_F(BrokenSpaceDeathTest, PagesLieInTheRange) {
  PageIndex& index = space_.pages().index();
  EXPECT_DEATH(index.set_span(index.pages(), small_), "page 2048 of a range of 2048 pages");
  EXPECT_DEATH((void)index.span_at(index.pages()), "page 2048 of a range of 2048 pages");
}

TEST_F(BrokenSpaceDeathTest, ASlotIsClaimedOnce) {
  EXPECT_DEATH(cache_.claim(*small_, 0, bytes_, 100),
               "slot 0 is claimed of a span of .*, of which those below 1");
  EXPECT_DEATH(cache_.claim(*small_, small_->slot_count, bytes_, 100), "is claimed of a span of");
}

TEST_F(BrokenSpaceDeathTest, AnObjectFitsItsSlot) {
  EXPECT_DEATH(cache_.claim(*small_, 1, bytes_, small_->slot_bytes + 1),
               "bytes are claimed of a slot of 104");
  Type aligned = bytes_;
  aligned.alignment = 64;
  EXPECT_DEATH(cache_.claim(*small_, 1, aligned, 64), "is not aligned to 64 bytes");
}

TEST_F(BrokenSpaceDeathTest, TheSlackOfASlotHasSixteenBits) {
  EXPECT_DEATH(large_->set_requested_bytes(100), "100 bytes of a slot of 106496: the slack has 16 bits");
}

TEST_F(BrokenSpaceDeathTest, MarksAreOfSlots) {
  EXPECT_DEATH(small_->set_mark(small_->slot_count), "is marked in a span of");
}

#endif

}  // namespace
}  // namespace gcmap
