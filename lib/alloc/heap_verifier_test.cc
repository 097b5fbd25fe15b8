// The verifier must find each kind of damage, and nothing in a sound space.
#include "alloc/heap_verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/type.h"

namespace gcmap {
namespace {

class IdleTrigger final : public CollectionTrigger {
 public:
  void on_allocation_slow() override {}
  bool sweep_one(SpanClass) override { return false; }
  bool reclaim() override { return false; }
};

// A space with small spans in all states, a large object, free runs between and after them.
class HeapVerifierTest : public testing::Test {
 protected:
  HeapVerifierTest() : space_({size_t{16} << 20, UINT64_MAX, 0}, trigger_) {
    space_.attach(cache_);
    bytes_.size = 1;
    for (int i = 0; i < 100; ++i) small_ = static_cast<char*>(space_.allocate(cache_, bytes_, 143));
    large_ = static_cast<char*>(space_.allocate(cache_, bytes_, 100000));
    for (int i = 0; i < 10; ++i) space_.allocate(cache_, bytes_, 2000);
    span_ = space_.pages().index().span_of(small_);
    large_span_ = space_.pages().index().span_of(large_);
  }

  std::vector<std::string> ids() const {
    Violations violations;
    verify_space(space_, &violations);
    std::vector<std::string> found;
    for (const Violation& v : violations) {
      EXPECT_FALSE(v.path.empty());
      EXPECT_FALSE(v.detail.empty());
      found.push_back(v.id);
    }
    return found;
  }

  void expect_found(const char* id) const {
    const std::vector<std::string> found = ids();
    EXPECT_NE(std::count(found.begin(), found.end(), id), 0)
        << id << " not among " << found.size() << " violations";
  }
  void expect_only(const char* id) const {
    expect_found(id);
    for (const std::string& found : ids()) EXPECT_EQ(found, id);
  }

  // Where one kind of damage breaks the same invariant in several ways.
  void expect_said(const char* id, const std::string& words) const {
    Violations violations;
    verify_space(space_, &violations);
    EXPECT_TRUE(std::any_of(violations.begin(), violations.end(),
                            [&](const Violation& v) {
                              return std::string(v.id) == id && v.detail.find(words) != std::string::npos;
                            }))
        << "nobody said: " << words;
  }

  PageIndex& index() { return space_.pages().index(); }

  struct TrimAtEnd {
    ~TrimAtEnd() { Reservation::trim(); }
  };

  TrimAtEnd trim_;  // goes last: a damaged range must not serve another test
  IdleTrigger trigger_;
  ObjectSpace space_;
  SpanCache cache_;
  Type bytes_;
  char* small_ = nullptr;
  char* large_ = nullptr;
  Span* span_ = nullptr;  // cached, partly free
  Span* large_span_ = nullptr;
};

TEST_F(HeapVerifierTest, FindsNothingInASoundSpace) {
  EXPECT_TRUE(ids().empty());
  space_.begin_sweep();
  EXPECT_TRUE(ids().empty());
}

TEST_F(HeapVerifierTest, ChangesNothing) {
  const SpaceCounters before = space_.counters();
  ids();
  EXPECT_EQ(before.spans_in_use, space_.counters().spans_in_use);
  EXPECT_EQ(before.unswept_pages, space_.counters().unswept_pages);
  EXPECT_EQ(small_ + 144, space_.allocate(cache_, bytes_, 143));
}

TEST_F(HeapVerifierTest, H1PageOwnedByNobody) {
  index().clear(large_span_->first_page + 3);
  expect_only("H1");
}

TEST_F(HeapVerifierTest, H1PageOwnedTwice) {
  index().set_span(space_.pages().committed_pages() - 5, span_);
  expect_only("H1");
}

TEST_F(HeapVerifierTest, H1SpanLongerThanItsPages) {
  ++large_span_->pages;
  expect_found("H1");
}

TEST_F(HeapVerifierTest, H1SpanWithTheWrongBase) {
  span_->base += 8;
  expect_found("H1");
}

TEST_F(HeapVerifierTest, H1RunMissingFromTheTree) {
  const_cast<FreeRunTree&>(space_.pages().free_runs())
      .erase(index().run_at(space_.pages().committed_pages() - 1));
  expect_only("H1");
}

TEST_F(HeapVerifierTest, H1RunWithoutItsLastPage) {
  index().clear(space_.pages().committed_pages() - 1);
  expect_said("H1", "its last page does not lead to it");
}

TEST_F(HeapVerifierTest, H1RunWithoutItsFirstPage) {
  index().clear(index().run_at(space_.pages().committed_pages() - 1)->first_page);
  expect_said("H1", "belongs to no span and no free run");
  expect_said("H1", "says it has");
  expect_said("H1", "in the tree but not in the page index");
}

TEST_F(HeapVerifierTest, H1SpanCutUnlikeItsClass) {
  large_span_->slot_bytes -= 8;
  expect_said("H1", "its class says");
}

TEST_F(HeapVerifierTest, H1TreeOutOfOrder) {
  FreeRun* const last = index().run_at(space_.pages().committed_pages() - 1);
  FreeRunTree& tree = const_cast<FreeRunTree&>(space_.pages().free_runs());
  tree.erase(last);
  FreeRun second{last->first_page + 2, last->pages - 2, nullptr, nullptr};
  last->pages = 2;
  tree.insert(last);
  tree.insert(&second);
  std::swap(last->pages, second.pages);
  expect_said("H1", "out of order in the tree");
}

TEST_F(HeapVerifierTest, H1UncoalescedNeighbours) {
  FreeRun* const last = index().run_at(space_.pages().committed_pages() - 1);
  FreeRunTree& tree = const_cast<FreeRunTree&>(space_.pages().free_runs());
  tree.erase(last);
  FreeRun second{last->first_page + 2, last->pages - 2, nullptr, nullptr};
  last->pages = 2;
  for (FreeRun* run : {last, &second}) {
    tree.insert(run);
    index().set_run(run->first_page, run);
    index().set_run(run->first_page + run->pages - 1, run);
  }
  expect_said("H1", "touches the free run before it");
  expect_found("H5");  // a run that nobody's memory was counted for
}

TEST_F(HeapVerifierTest, H2LiveCountOff) {
  ++span_->live_count;
  expect_found("H2");
}

TEST_F(HeapVerifierTest, H2FreeIndexBeyondTheLastSlot) {
  large_span_->free_index = 2;
  expect_found("H2");
}

TEST_F(HeapVerifierTest, H2FreeIndexMovedBack) {
  --span_->free_index;
  expect_found("H2");
}

TEST_F(HeapVerifierTest, H2BitBehindTheLastSlot) {
  span_->alloc_bits[0] |= uint64_t{1} << 63;
  expect_only("H2");
}

TEST_F(HeapVerifierTest, H2ScannedObjectWithoutAType) {
  static constexpr uint32_t kOffsets[] = {0};
  static const Type kPointer{.name = "pointer", .size = 8, .pointer_offsets = kOffsets, .pointer_count = 1};
  void* const object = space_.allocate(cache_, kPointer, 8);
  EXPECT_TRUE(ids().empty());
  index().span_of(object)->types[0] = nullptr;
  expect_only("H2");
}

TEST_F(HeapVerifierTest, H2HeldSlots) {
  ObjectSpace space({size_t{16} << 20, UINT64_MAX, 1}, trigger_);
  SpanCache cache;
  space.attach(cache);
  Span* const span = space.pages().index().span_of(space.allocate(cache, bytes_, 40));
  const auto said = [&] {
    Violations violations;
    verify_space(space, &violations);
    std::string all;
    for (const Violation& v : violations) all += std::string(v.id) + " " + v.detail + "\n";
    return all;
  };
  EXPECT_EQ(said(), "");
  ++span->held_count;
  EXPECT_NE(said().find("H2 held_count"), std::string::npos) << said();
  span->held_bits[0] = uint64_t{1} << 2;
  EXPECT_NE(said().find("H2 in quarantine but free to allocate"), std::string::npos) << said();
}

TEST_F(HeapVerifierTest, H2MarkOnAFreeSlot) {
  space_.header()->barrier_on = true;
  span_->set_mark(span_->slot_of(small_));
  EXPECT_TRUE(ids().empty()) << "a marked object while marking is sound";
  span_->set_mark(span_->slot_count - 1);
  expect_only("H2");
}

TEST_F(HeapVerifierTest, H2MarkLeftOverFromTheLastCycle) {
  span_->set_mark(span_->slot_of(small_));
  expect_only("H2");
}

TEST_F(HeapVerifierTest, H4SpanOnNoList) {
  CentralList& central = space_.central(large_span_->span_class);
  central.remove(*large_span_, space_.sweepgen());
  expect_only("H4");
}

TEST_F(HeapVerifierTest, H4SpanOnAListAndInACache) {
  const uint32_t cached = std::exchange(span_->sweepgen, space_.sweepgen());
  space_.central(span_->span_class).add(*span_, space_.sweepgen());
  span_->sweepgen = cached;
  expect_only("H4");
}

TEST_F(HeapVerifierTest, H4ListedSpanThatIsUnknown) {
  for (uint32_t i = 0; i < large_span_->pages; ++i) index().clear(large_span_->first_page + i);
  expect_said("H4", "holds a span the page index does not know");
}

TEST_F(HeapVerifierTest, H4FullSpanAmongThePartialOnes) {
  large_span_->live_count = 0;
  expect_said("H4", "has 0 objects and is in the");
}

TEST_F(HeapVerifierTest, H4ListedSpanWithTheWrongGeneration) {
  --large_span_->sweepgen;
  expect_said("H4", "which is for");
}

TEST_F(HeapVerifierTest, H4ListThatNeverEnds) {
  large_span_->list_next = large_span_;
  expect_said("H4", "longer than there are spans");
}

// Two errors whose counts cancel: as many places as spans, one span without a place.
TEST_F(HeapVerifierTest, H4SpanInTwoCachesDoesNotMakeUpForOneOnNoList) {
  space_.central(large_span_->span_class).remove(*large_span_, space_.sweepgen());
  SpanCache second;
  space_.attach(second);
  second.set_span(span_->span_class, span_);
  expect_only("H4");
  second.set_span(span_->span_class, nullptr);
  space_.detach(second);
}

TEST_F(HeapVerifierTest, H4SpanWithTheWrongGeneration) {
  span_->sweepgen = space_.sweepgen();
  expect_only("H4");
}

TEST_F(HeapVerifierTest, H4SpanOnTheListOfAnotherClass) {
  CentralList& central = space_.central(large_span_->span_class);
  central.remove(*large_span_, space_.sweepgen());
  space_.central(span_->span_class).add(*large_span_, space_.sweepgen());
  expect_only("H4");
}

// A dead one would be looked for at the front only.
TEST_F(HeapVerifierTest, H4DeadLargeSpanBehindOneThatIsAlive) {
  char* const second = static_cast<char*>(space_.allocate(cache_, bytes_, 50000));
  Span* const dead = large_span_;
  Span* const alive = index().span_of(second);
  alive->set_mark(0);
  space_.begin_sweep();
  EXPECT_TRUE(ids().empty()) << "the marked one is the last";
  space_.on_large_marked(*dead);
  expect_said("H4", "is dead and lies behind a large span that is not");
  expect_only("H4");
  space_.on_large_marked(*alive);
  EXPECT_TRUE(ids().empty());
}

TEST_F(HeapVerifierTest, H6RetainedPageInUse) {
  PageSet& retained = const_cast<PageSet&>(space_.pages().retained());
  retained.add(large_span_->first_page + 2, 1);
  expect_found("H6");
  expect_said("H6", "retained for release, but the span at page");
  retained.remove(large_span_->first_page + 2, 1);
  retained.add(0, 1);
  expect_said("H6", "it holds the header");
}

TEST_F(HeapVerifierTest, H6RetainedPageThatWasNeverUsed) {
  const_cast<PageSet&>(space_.pages().retained()).add(space_.pages().touched_pages(), 1);
  expect_said("H6", "never handed out");
}

// Two large objects one after the other, the first free again: its pages are idle, and before touched ones.
TEST_F(HeapVerifierTest, H6ReleasedPageWithOldBytes) {
  space_.allocate(cache_, bytes_, 50000);
  std::memset(large_, 7, 100000);
  const uint32_t first_page = large_span_->first_page;
  const uint32_t pages = large_span_->pages;
  space_.begin_sweep();
  space_.take_unswept(*large_span_);
  poison(large_, 100000);
  space_.free_dead(*large_span_, 1);
  space_.put_swept(*large_span_);
  EXPECT_TRUE(ids().empty()) << "retained pages may hold anything";
  EXPECT_EQ(space_.pages().retained().size(), pages);
  const_cast<PageSet&>(space_.pages().retained()).remove(first_page + 1, 1);
  expect_only("H6");
  expect_said("H6", "does not read as zero");
  const_cast<PageSet&>(space_.pages().retained()).add(first_page + 1, 1);
  EXPECT_TRUE(space_.pages().discard({first_page, pages}));
  EXPECT_TRUE(ids().empty()) << "released in earnest";
}

TEST_F(HeapVerifierTest, H5CountersOff) {
  auto& counters = const_cast<SpaceCounters&>(space_.counters());
  for (uint64_t* counter : {&counters.freed_objects, &counters.freed_bytes, &counters.spans_in_use,
                            &counters.unswept_pages, &counters.span_metadata_bytes}) {
    ++*counter;
    expect_only("H5");
    --*counter;
  }
  EXPECT_TRUE(ids().empty());
}

// A bit set in a copy of the set is in its words, and not in its count: it is not looked for either.
TEST_F(HeapVerifierTest, H5AndH6RetainedPagesMiscounted) {
  PageSet copy = space_.pages().retained();
  copy.add(space_.pages().touched_pages(), 1);
  expect_found("H5");
  expect_said("H6", "not found as the highest");
  copy.remove(space_.pages().touched_pages(), 1);
  EXPECT_TRUE(ids().empty());
}

#ifdef GCMAP_POISONING

TEST_F(HeapVerifierTest, H3AddressableSlack) {
  unpoison(small_ + 136, 8);
  expect_only("H3");
}

TEST_F(HeapVerifierTest, H3PoisonedObject) {
  poison(small_ + 64, 8);
  expect_only("H3");
  unpoison(small_ + 64, 8);
  poison(large_ + 99992, 8);
  expect_only("H3");
}

TEST_F(HeapVerifierTest, H3AddressableFreeSlot) {
  unpoison(small_ + 144 + 40, 1);
  expect_only("H3");
}

TEST_F(HeapVerifierTest, H3AddressableFreePageAndTail) {
  char* const end = span_->base + kPageBytes - 8;
  unpoison(end, 8);
  expect_only("H3");
  poison(end, 8);
  unpoison(space_.pages().address_of(space_.pages().committed_pages() - 1), 8);
  expect_only("H3");
}

TEST_F(HeapVerifierTest, H3AddressablePageZero) {
  unpoison(space_.pages().address_of(0) + 4096, 1);
  expect_only("H3");
}

TEST(Poison, FirstNotAgreesWithTheSanitizerByteForByte) {
  alignas(64) static char memory[512];
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    unpoison(memory, sizeof memory);
    poison(memory, sizeof memory);
    if (random.chance(1, 2)) unpoison(memory + 8 * random.below(64), random.below(9));
    const size_t start = 8 * random.below(60);
    const size_t bytes = random.below(512 - start);
    bool all_poisoned = true;
    for (size_t i = 0; i < bytes; ++i) all_poisoned &= __asan_address_is_poisoned(memory + start + i) != 0;
    EXPECT_EQ(first_not(true, memory + start, bytes) == nullptr, all_poisoned) << start << " " << bytes;
    unpoison(memory, sizeof memory);
    if (random.chance(1, 2)) poison(memory + 8 * random.below(64), 8);
    bool none_poisoned = true;
    for (size_t i = 0; i < bytes; ++i) none_poisoned &= __asan_address_is_poisoned(memory + start + i) == 0;
    EXPECT_EQ(first_not(false, memory + start, bytes) == nullptr, none_poisoned) << start << " " << bytes;
  }
  unpoison(memory, sizeof memory);
}

#endif

}  // namespace
}  // namespace gcmap
