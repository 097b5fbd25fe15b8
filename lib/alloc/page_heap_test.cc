#include "gcmap/internal/alloc/page_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/poison.h"

namespace gcmap {
namespace {

constexpr size_t kRangeBytes = size_t{16} << 20;

class PageHeapTest : public testing::Test {
 protected:
  explicit PageHeapTest(uint64_t pages_max = UINT64_MAX)
      : reservation_(Reservation::acquire(kRangeBytes)), heap_(*reservation_, pages_max) {}
  ~PageHeapTest() override { Reservation::give_back(std::move(reservation_), heap_.touched_pages()); }

  std::vector<std::pair<uint32_t, uint32_t>> free_runs() const {  // (first page, pages), by address
    std::vector<std::pair<uint32_t, uint32_t>> runs;
    heap_.free_runs().for_each([&](const FreeRun& run) { runs.emplace_back(run.first_page, run.pages); });
    std::sort(runs.begin(), runs.end());
    return runs;
  }

  std::unique_ptr<Reservation> reservation_;
  PageHeap heap_;
};

TEST_F(PageHeapTest, HandsOutTheLowestPagesFirst) {
  EXPECT_EQ(heap_.allocate(1)->first_page, 1u);
  EXPECT_EQ(heap_.allocate(3)->first_page, 2u);
  EXPECT_EQ(heap_.allocate(1)->first_page, 5u);
}

TEST_F(PageHeapTest, PrefersTheSmallestRunThatFits) {
  const uint32_t a = heap_.allocate(4)->first_page;
  heap_.allocate(1);
  const uint32_t b = heap_.allocate(2)->first_page;
  heap_.allocate(1);
  const uint32_t c = heap_.allocate(2)->first_page;
  heap_.allocate(1);
  heap_.release(c, 2);
  heap_.release(a, 4);
  heap_.release(b, 2);
  EXPECT_EQ(heap_.allocate(2)->first_page, b) << "of two equal runs the lower one";
  EXPECT_EQ(heap_.allocate(2)->first_page, c) << "not the larger run before it";
  EXPECT_EQ(heap_.allocate(3)->first_page, a);
}

TEST_F(PageHeapTest, CoalescesWithBothNeighbours) {
  const uint32_t a = heap_.allocate(2)->first_page;
  const uint32_t b = heap_.allocate(3)->first_page;
  const uint32_t c = heap_.allocate(4)->first_page;
  heap_.allocate(1);
  heap_.release(a, 2);
  heap_.release(c, 4);
  EXPECT_EQ(free_runs().size(), 3u);
  heap_.release(b, 3);
  EXPECT_EQ(free_runs().size(), 2u);
  EXPECT_EQ(free_runs()[0], (std::pair<uint32_t, uint32_t>{a, 9}));
  EXPECT_EQ(heap_.pages_in_use(), 1u);
}

TEST_F(PageHeapTest, EverythingReleasedIsOneRunAgain) {
  Random random(7);
  std::vector<std::pair<uint32_t, uint32_t>> held;
  for (int i = 0; i < 5000; ++i) {
    if (held.size() < 40 && random.chance(1, 2)) {
      const uint32_t pages = 1 + random.below(8);
      if (const auto run = heap_.allocate(pages)) held.emplace_back(run->first_page, pages);
    } else if (!held.empty()) {
      std::swap(held[random.below(held.size())], held.back());
      heap_.release(held.back().first, held.back().second);
      held.pop_back();
    }
    uint64_t in_use = 0;
    for (const auto& run : held) in_use += run.second;
    ASSERT_EQ(heap_.pages_in_use(), in_use);
    std::vector<std::pair<uint32_t, uint32_t>> all = free_runs();
    all.insert(all.end(), held.begin(), held.end());
    std::sort(all.begin(), all.end());
    uint32_t next = 1;
    for (const auto& run : all) {
      ASSERT_EQ(run.first, next);
      next += run.second;
    }
    ASSERT_EQ(next, heap_.committed_pages());
  }
  for (const auto& run : held) heap_.release(run.first, run.second);
  ASSERT_EQ(free_runs().size(), 1u);
  EXPECT_EQ(free_runs()[0].second, heap_.committed_pages() - 1);
}

TEST_F(PageHeapTest, GrowsInCommitStepsUsingTheFreeTail) {
  constexpr uint32_t kStep = Reservation::kCommitBytes / kPageBytes;
  EXPECT_EQ(heap_.committed_pages(), kStep);
  heap_.allocate(kStep - 11);
  EXPECT_EQ(heap_.allocate(kStep + 10)->first_page, kStep - 10);
  EXPECT_EQ(heap_.committed_pages(), 2 * kStep);
  EXPECT_EQ(heap_.pages_free(), 0u);
}

TEST_F(PageHeapTest, RefusesWhatTheRangeCannotHoldAndStaysUsable) {
  EXPECT_FALSE(heap_.allocate(kRangeBytes / kPageBytes).has_value());
  EXPECT_EQ(heap_.pages_in_use(), 0u);
  const uint32_t all = kRangeBytes / kPageBytes - 1;
  EXPECT_TRUE(heap_.allocate(all).has_value());
  EXPECT_FALSE(heap_.allocate(1).has_value());
  heap_.release(1, all);
  EXPECT_TRUE(heap_.allocate(1).has_value());
}

TEST(PageHeap, LeavesNoWordInThePageIndexOfARecycledRange) {
  Reservation::trim();
  auto reservation = Reservation::acquire(kRangeBytes);
  uint32_t touched = 0;
  {
    PageHeap heap(*reservation, UINT64_MAX);
    heap.allocate(200);
    touched = heap.touched_pages();
  }
  Reservation::give_back(std::move(reservation), touched);
  reservation = Reservation::acquire(kRangeBytes);
  for (uint32_t page = 0; page < reservation->pages(); ++page)
    ASSERT_EQ(reservation->page_words()[page], 0u) << page;
  Reservation::give_back(std::move(reservation), 0);
}

class LimitedPageHeapTest : public PageHeapTest {
 protected:
  LimitedPageHeapTest() : PageHeapTest(10) {}
};

TEST_F(LimitedPageHeapTest, RefusesBeyondTheLimitUntilPagesComeBack) {
  const uint32_t a = heap_.allocate(6)->first_page;
  EXPECT_FALSE(heap_.allocate(5).has_value());
  EXPECT_FALSE(heap_.allocate(11).has_value());
  EXPECT_TRUE(heap_.allocate(4).has_value());
  EXPECT_FALSE(heap_.allocate(1).has_value());
  heap_.release(a, 6);
  EXPECT_TRUE(heap_.allocate(6).has_value());
}

TEST_F(LimitedPageHeapTest, ALimitBelowWhatIsInUseAllowsNothing) {
  const uint32_t a = heap_.allocate(6)->first_page;
  heap_.allocate(4);
  heap_.set_pages_max(5);
  EXPECT_FALSE(heap_.allocate(1).has_value());
  heap_.release(a, 6);
  EXPECT_FALSE(heap_.allocate(2).has_value());
  EXPECT_TRUE(heap_.allocate(1).has_value());
  heap_.set_pages_max(0);
  EXPECT_FALSE(heap_.allocate(1).has_value());
  heap_.set_pages_max(UINT64_MAX);
  EXPECT_TRUE(heap_.allocate(11).has_value());
}

TEST(FreeRunTree, FindsTheBestFitAmongRandomRuns) {
  Random random(3);
  std::vector<FreeRun> runs(300);
  FreeRunTree tree;
  std::set<std::pair<uint32_t, uint32_t>> reference;
  for (uint32_t i = 0; i < runs.size(); ++i)
    runs[i] = FreeRun{i * 100, 1 + random.below(50), nullptr, nullptr};
  for (int step = 0; step < 20000; ++step) {
    FreeRun& run = runs[random.below(runs.size())];
    const std::pair<uint32_t, uint32_t> key = {run.pages, run.first_page};
    if (reference.erase(key) > 0) {
      tree.erase(&run);
    } else {
      reference.insert(key);
      tree.insert(&run);
    }
    const uint32_t wanted = 1 + random.below(55);
    const auto expected = reference.lower_bound({wanted, 0});
    const FreeRun* const found = tree.best_fit(wanted);
    ASSERT_EQ(found != nullptr, expected != reference.end());
    if (found != nullptr) {
      ASSERT_EQ(std::make_pair(found->pages, found->first_page), *expected);
    }
  }
}

TEST(PageHeap, ClearsWhatAnotherHeapLeftWhenItFirstHandsAPageOut) {
  constexpr uint32_t kDirty = 64;
  Reservation::trim();
  auto reservation = Reservation::acquire(kRangeBytes);
  reservation->commit(kDirty);
  unpoison(reservation->base(), kDirty * kPageBytes);
  std::memset(reservation->base(), 7, kDirty * kPageBytes);
  Reservation::give_back(std::move(reservation), kDirty);

  reservation = Reservation::acquire(kRangeBytes);
  ASSERT_EQ(reservation->dirty_pages(), kDirty);
  PageHeap heap(*reservation, UINT64_MAX);
  for (const uint32_t pages : {1, 3, 70}) {
    const auto run = heap.allocate(pages);
    const char* const start = heap.address_of(run->first_page);
    const size_t bytes = pages * kPageBytes;
    EXPECT_FALSE(run->needs_zero);
    EXPECT_EQ(first_not(true, start, bytes), nullptr);
    unpoison(start, bytes);
    EXPECT_TRUE(std::all_of(start, start + bytes, [](char byte) { return byte == 0; }));
  }
  Reservation::give_back(std::move(reservation), heap.touched_pages());
}

}  // namespace
}  // namespace gcmap
