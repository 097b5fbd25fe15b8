#include "gcmap/internal/alloc/page_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "gcmap/internal/base/random.h"

namespace gcmap {
namespace {

// The set and its naive counterpart, compared member by member.
class Pair {
 public:
  explicit Pair(uint32_t pages)
      : pages_(pages), words_(PageSet::words_for(pages)), set_(words_.data(), pages) {}

  void add(uint32_t first, uint32_t count) {
    set_.add(first, count);
    for (uint32_t page = first; page < first + count; ++page) naive_.insert(page);
  }
  void remove(uint32_t first, uint32_t count) {
    uint32_t removed = 0;
    for (uint32_t page = first; page < first + count; ++page) removed += naive_.erase(page) > 0 ? 1 : 0;
    EXPECT_EQ(set_.remove(first, count), removed);
  }
  void clear() {
    set_.clear(naive_.empty() ? 0 : *naive_.rbegin() + 1);
    naive_.clear();
    EXPECT_TRUE(std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; }));
  }

  void expect_same_run(uint32_t pages_max) const {
    const PageRun run = set_.highest_run(pages_max);
    PageRun expected;
    if (!naive_.empty() && pages_max > 0) {
      expected = {*naive_.rbegin(), 1};
      while (expected.pages < pages_max && expected.first_page > 0 &&
             naive_.count(expected.first_page - 1) > 0) {
        --expected.first_page;
        ++expected.pages;
      }
    }
    ASSERT_EQ(run.pages, expected.pages);
    if (run.pages > 0) {
      ASSERT_EQ(run.first_page, expected.first_page);
    }
    ASSERT_EQ(set_.size(), naive_.size());
  }
  void expect_same_members() const {
    for (uint32_t page = 0; page < pages_; ++page)
      ASSERT_EQ(set_.contains(page), naive_.count(page) > 0) << page;
  }

 private:
  uint32_t pages_;
  std::vector<uint64_t> words_;
  PageSet set_;
  std::set<uint32_t> naive_;
};

TEST(PageSet, AgreesWithANaiveSetOnEveryRangeOfSmallOnes) {
  for (const uint32_t pages : {1u, 2u, 63u, 64u, 65u, 130u}) {
    for (uint32_t first = 0; first < pages; ++first) {
      for (uint32_t count = 0; count <= pages - first; ++count) {
        Pair pair(pages);
        pair.add(first, count);
        pair.expect_same_run(pages);
        pair.remove(first + count / 2, (count + 1) / 3);
        pair.expect_same_run(1 + count / 4);
        pair.clear();
        pair.expect_same_run(1);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(PageSet, AgreesWithANaiveSetOverRandomSequences) {
  Random random(19);
  for (const uint32_t pages : {70u, 5000u, 64u * 64 * 64 + 3}) {
    Pair pair(pages);
    for (int step = 0; step < 4000; ++step) {
      const uint32_t first = random.below(pages);
      const uint32_t count = random.below(std::min(pages - first, 200u) + 1);
      if (random.chance(1, 2)) {
        pair.add(first, count);
      } else {
        pair.remove(first, count);
      }
      if (random.chance(1, 500)) pair.clear();
      pair.expect_same_run(1 + random.below(300));
      if (HasFatalFailure()) return;
    }
    pair.expect_same_members();
  }
}

TEST(PageSet, EmptiesFromTheTopLeavingNoWordBehind) {
  constexpr uint32_t kPages = 64 * 64 + 1;
  Pair pair(kPages);
  for (uint32_t page = 0; page < kPages; page += 61) pair.add(page, 1);
  for (uint32_t page = 0; page < kPages; page += 61) {
    pair.remove(kPages - 1 - page, 61);
    pair.expect_same_run(9);
  }
  pair.remove(0, kPages);
  pair.expect_same_run(1);
  pair.clear();
}

TEST(PageSet, FitsTheLargestRangeInFiveLevels) {
  constexpr uint32_t kPages = uint32_t{1} << 25;
  Pair pair(kPages);
  for (const uint32_t page : {0u, kPages - 1, kPages / 2}) {
    pair.add(page, 1);
    pair.expect_same_run(3);
  }
  pair.remove(kPages - 1, 1);
  pair.expect_same_run(3);
}

}  // namespace
}  // namespace gcmap
