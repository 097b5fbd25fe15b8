#include "alloc/scavenger.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/poison.h"

namespace gcmap {
namespace {

constexpr size_t kRangeBytes = size_t{4} << 20;

// Which pages of [first, end) the system says take memory.
std::vector<bool> resident(const PageHeap& heap, uint32_t first, uint32_t end) {
  const size_t per_page = kPageBytes / static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> system_pages((end - first) * per_page);
  EXPECT_EQ(mincore(heap.address_of(first), (end - first) * kPageBytes, system_pages.data()), 0);
  std::vector<bool> pages(end - first);
  for (size_t i = 0; i < system_pages.size(); ++i)
    if ((system_pages[i] & 1) != 0) pages[i / per_page] = true;
  return pages;
}

class ScavengerTest : public testing::Test {
 protected:
  ScavengerTest() {
    Reservation::trim();
    reservation_ = Reservation::acquire(kRangeBytes);
    heap_.emplace(*reservation_, UINT64_MAX);
    scavenger_.emplace(*heap_);
  }
  ~ScavengerTest() override { Reservation::give_back(std::move(reservation_), heap_->touched_pages()); }

  uint32_t allocate_dirty(uint32_t pages) {
    const uint32_t first = heap_->allocate(pages)->first_page;
    unpoison(heap_->address_of(first), pages * kPageBytes);
    std::memset(heap_->address_of(first), 0xee, pages * kPageBytes);
    return first;
  }

  std::unique_ptr<Reservation> reservation_;
  std::optional<PageHeap> heap_;
  std::optional<Scavenger> scavenger_;
};

TEST_F(ScavengerTest, ReturnsTheHighestIdlePagesFirst) {
  const uint32_t low = allocate_dirty(4);
  allocate_dirty(1);
  const uint32_t high = allocate_dirty(6);
  allocate_dirty(1);
  EXPECT_EQ(scavenger_->pick(100).pages, 0u) << "nothing is idle";
  heap_->release(low, 4);
  heap_->release(high, 6);
  EXPECT_EQ(heap_->retained().size(), 10u);
  const PageRun first = scavenger_->pick(4);
  EXPECT_EQ(first.first_page, high + 2);
  EXPECT_EQ(first.pages, 4u);
  EXPECT_TRUE(scavenger_->release(first));
  const PageRun second = scavenger_->pick(4);
  EXPECT_EQ(second.first_page, high);
  EXPECT_EQ(second.pages, 2u) << "a run ends where pages in use begin";
  EXPECT_TRUE(scavenger_->release(second));
  EXPECT_EQ(scavenger_->pick(4).first_page, low);
  EXPECT_EQ(scavenger_->pages_returned(), 6u);
  EXPECT_EQ(heap_->pages_released(), heap_->pages_free() - 4);
}

TEST_F(ScavengerTest, TheSystemTakesThePagesAndNoOthers) {
  const uint32_t a = allocate_dirty(3);
  const uint32_t b = allocate_dirty(5);
  const uint32_t c = allocate_dirty(2);
  heap_->release(b, 5);
  ASSERT_TRUE(scavenger_->release(scavenger_->pick(3)));
  EXPECT_EQ(resident(*heap_, a, c + 2),
            (std::vector<bool>{true, true, true, true, true, false, false, false, true, true}));
  const char* const in_use = heap_->address_of(c);
  EXPECT_TRUE(std::all_of(in_use, in_use + 2 * kPageBytes, [](char byte) { return byte == '\xee'; }));
}

TEST_F(ScavengerTest, ARunThatIsInUseAgainIsNotReleased) {
  const uint32_t first = allocate_dirty(4);
  allocate_dirty(1);
  heap_->release(first, 4);
  const PageRun picked = scavenger_->pick(4);
  EXPECT_EQ(allocate_dirty(2), first);
  EXPECT_FALSE(scavenger_->release(picked));
  EXPECT_EQ(scavenger_->pages_returned(), 0u);
  EXPECT_EQ(*heap_->address_of(first), '\xee');
}

TEST_F(ScavengerTest, OnlyRunsWithRetainedPagesAreZeroed) {
  const uint32_t first = allocate_dirty(8);
  allocate_dirty(1);
  heap_->release(first, 8);
  while (scavenger_->pick(3).pages > 0) ASSERT_TRUE(scavenger_->release(scavenger_->pick(3)));
  const auto again = heap_->allocate(8);
  EXPECT_EQ(again->first_page, first);
  EXPECT_FALSE(again->needs_zero);
  heap_->release(first, 8);
  ASSERT_TRUE(scavenger_->release(scavenger_->pick(7)));
  EXPECT_TRUE(heap_->allocate(8)->needs_zero) << "the lowest page was not released";
}

// The system refuses a run one of whose pages is not mapped.
TEST_F(ScavengerTest, WhatTheSystemRefusesStaysRetained) {
  const uint32_t first = allocate_dirty(4);
  allocate_dirty(1);
  heap_->release(first, 4);
  char* const hole = heap_->address_of(first + 1);
  ASSERT_EQ(munmap(hole, kPageBytes), 0);
  EXPECT_FALSE(scavenger_->release(scavenger_->pick(4)));
  EXPECT_EQ(scavenger_->pages_returned(), 0u);
  EXPECT_EQ(heap_->retained().size(), 4u);
  EXPECT_EQ(heap_->pages_released(), heap_->pages_free() - 4);
  ASSERT_EQ(mmap(hole, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
            hole);
  EXPECT_TRUE(scavenger_->release(scavenger_->pick(4)));
  EXPECT_EQ(heap_->retained().size(), 0u);
}

TEST_F(ScavengerTest, PicksNoMoreThanAChunk) {
  const uint32_t end = static_cast<uint32_t>(kRangeBytes / kPageBytes);
  heap_.emplace(*(reservation_ = Reservation::acquire(16 * kRangeBytes)), UINT64_MAX);
  scavenger_.emplace(*heap_);
  heap_->release(heap_->allocate(3 * end)->first_page, 3 * end);
  EXPECT_EQ(scavenger_->pick(UINT64_MAX).pages, Scavenger::kRunPagesMax);
}

TEST_F(ScavengerTest, ARecycledRangeDoesNotShowWhatWasReleasedBefore) {
  heap_->release(allocate_dirty(40), 40);
  ASSERT_TRUE(scavenger_->release(scavenger_->pick(10)));
  const char* const base = reservation_->base();
  Reservation::give_back(std::move(reservation_), heap_->touched_pages());
  reservation_ = Reservation::acquire(kRangeBytes);
  ASSERT_EQ(reservation_->base(), base);
  const uint64_t* const words =
      reinterpret_cast<const uint64_t*>(reservation_->page_words() + reservation_->pages());
  EXPECT_TRUE(std::all_of(words, words + PageSet::words_for(reservation_->pages()),
                          [](uint64_t word) { return word == 0; }));
  heap_.emplace(*reservation_, UINT64_MAX);
  scavenger_.emplace(*heap_);
  EXPECT_EQ(heap_->pages_released(), heap_->pages_free());
  EXPECT_EQ(scavenger_->pick(100).pages, 0u);
  EXPECT_FALSE(heap_->allocate(40)->needs_zero);
}

// The heap beside one word per page: what it is, and whether its bytes may be old.
class Model {
 public:
  enum class Page : uint8_t { kInUse, kRetained, kReleased };

  Model(PageHeap& heap, Scavenger& scavenger) : heap_(heap), scavenger_(scavenger) {}

  void allocate(uint32_t pages) {
    const auto run = heap_.allocate(pages);
    if (!run) return;
    grow();
    bool any_retained = false;
    for (uint32_t i = 0; i < pages; ++i) {
      ASSERT_NE(at(run->first_page + i), Page::kInUse);
      any_retained |= at(run->first_page + i) == Page::kRetained;
      at(run->first_page + i) = Page::kInUse;
    }
    ASSERT_EQ(run->needs_zero, any_retained);
    char* const start = heap_.address_of(run->first_page);
    unpoison(start, pages * kPageBytes);
    for (uint32_t i = 0; i < pages && !run->needs_zero; ++i) {
      ASSERT_EQ(start[i * kPageBytes], 0);
      ASSERT_EQ(start[(i + 1) * kPageBytes - 1], 0);
    }
    for (uint32_t i = 0; i < pages; ++i) start[i * kPageBytes] = start[(i + 1) * kPageBytes - 1] = 1;
    held_[run->first_page] = pages;
  }

  void release(size_t nth) {
    if (held_.empty()) return;
    const auto held = std::next(held_.begin(), static_cast<std::ptrdiff_t>(nth % held_.size()));
    heap_.release(held->first, held->second);
    for (uint32_t i = 0; i < held->second; ++i) at(held->first + i) = Page::kRetained;
    held_.erase(held);
  }

  void scavenge(uint32_t pages_max) {
    const PageRun run = scavenger_.pick(pages_max);
    uint32_t end = static_cast<uint32_t>(pages_.size());
    while (end > 0 && pages_[end - 1] != Page::kRetained) --end;
    uint32_t first = end;
    while (first > 0 && end - first < pages_max && pages_[first - 1] == Page::kRetained) --first;
    ASSERT_EQ(run.pages, end - first);
    if (run.pages == 0) return;
    ASSERT_EQ(run.first_page, first);
    ASSERT_TRUE(scavenger_.release(run));
    for (uint32_t page = first; page < end; ++page) at(page) = Page::kReleased;
    returned_ += run.pages;
  }

  void compare() {
    grow();
    uint64_t counts[3] = {};
    for (uint32_t page = 1; page < pages_.size(); ++page) {
      ++counts[static_cast<size_t>(pages_[page])];
      ASSERT_EQ(heap_.retained().contains(page), pages_[page] == Page::kRetained) << page;
    }
    ASSERT_EQ(heap_.pages_in_use(), counts[0]);
    ASSERT_EQ(heap_.retained().size(), counts[1]);
    ASSERT_EQ(heap_.pages_released(), counts[2]);
    ASSERT_EQ(heap_.pages_free(), counts[1] + counts[2]);
    ASSERT_EQ(scavenger_.pages_returned(), returned_);
  }

 private:
  void grow() { pages_.resize(heap_.committed_pages(), Page::kReleased); }
  Page& at(uint32_t page) { return pages_.at(page); }

  PageHeap& heap_;
  Scavenger& scavenger_;
  std::vector<Page> pages_;
  std::map<uint32_t, uint32_t> held_;  // first page -> pages
  uint64_t returned_ = 0;
};

TEST_F(ScavengerTest, AgreesWithAModelOverRandomSequences) {
  for (uint64_t seed = 1; seed <= 20 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Reservation::give_back(std::move(reservation_), heap_->touched_pages());
    reservation_ = Reservation::acquire(kRangeBytes);
    heap_.emplace(*reservation_, UINT64_MAX);
    scavenger_.emplace(*heap_);
    Model model(*heap_, *scavenger_);
    Random random(seed);
    for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
      switch (random.below(4)) {
        case 0:
          model.allocate(1 + random.below(random.chance(1, 10) ? 150 : 9));
          break;
        case 1:
          model.release(random.below(1000));
          break;
        case 2:
          model.scavenge(1 + random.below(12));
          break;
        default:
          break;
      }
      model.compare();
    }
  }
}

// Every sequence of five deeds: runs of one or two pages come, the oldest or the youngest goes, one or three
// pages are scavenged.
TEST_F(ScavengerTest, AgreesWithAModelOverAllShortSequences) {
  constexpr uint32_t kDeeds = 6;
  constexpr uint32_t kLength = 5;
  uint32_t sequences = 1;
  for (uint32_t i = 0; i < kLength; ++i) sequences *= kDeeds;
  for (uint32_t sequence = 0; sequence < sequences && !HasFatalFailure(); ++sequence) {
    SCOPED_TRACE("sequence " + std::to_string(sequence));
    Reservation::give_back(std::move(reservation_), heap_->touched_pages());
    reservation_ = Reservation::acquire(Reservation::kCommitBytes);
    heap_.emplace(*reservation_, UINT64_MAX);
    scavenger_.emplace(*heap_);
    Model model(*heap_, *scavenger_);
    for (uint32_t i = 0, rest = sequence; i < kLength && !HasFatalFailure(); ++i, rest /= kDeeds) {
      const uint32_t deed = rest % kDeeds;
      if (deed < 2) model.allocate(1 + deed);
      if (deed == 2 || deed == 3) model.release(deed == 2 ? 0 : 1);
      if (deed >= 4) model.scavenge(deed == 4 ? 1 : 3);
    }
    model.compare();
  }
}

}  // namespace
}  // namespace gcmap
