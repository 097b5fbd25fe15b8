#include "gcmap/internal/alloc/reservation.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/poison.h"

namespace gcmap {
namespace {

constexpr size_t kBytes = size_t{8} << 20;

TEST(Reservation, StartsAtAMultipleOfTheRangeAlignment) {
  std::vector<std::unique_ptr<Reservation>> many;
  for (int i = 0; i < 12; ++i) many.push_back(Reservation::acquire(kBytes));
  for (const auto& reservation : many) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(reservation->base()) % kHeapRangeAlignment, 0u);
    reservation->commit(1);
    unpoison(reservation->base(), 8);
    std::memset(reservation->base(), 1, 8);
  }
  for (auto& reservation : many) Reservation::give_back(std::move(reservation), 1);
}

TEST(Reservation, CommitsWholeStepsAndOnlyOnDemand) {
  auto reservation = Reservation::acquire(kBytes);
  EXPECT_EQ(reservation->committed_pages(), 0u);
  reservation->commit(1);
  EXPECT_EQ(reservation->committed_pages(), Reservation::kCommitBytes / kPageBytes);
  reservation->commit(Reservation::kCommitBytes / kPageBytes + 1);
  EXPECT_EQ(reservation->committed_pages(), 2 * Reservation::kCommitBytes / kPageBytes);
  Reservation::give_back(std::move(reservation), 0);
}

TEST(Reservation, IsReusedWithNothingLeftToObserve) {
  Reservation::trim();
  auto first = Reservation::acquire(kBytes);
  char* const base = first->base();
  const uint32_t pages = first->pages();
  EXPECT_EQ(first->dirty_pages(), 0u);
  first->commit(pages);
  unpoison(base, kBytes);
  std::memset(base, 7, kBytes);
  for (uint32_t page = 0; page < pages; ++page) first->page_words()[page] = 7;
  Reservation::give_back(std::move(first), pages);

  auto second = Reservation::acquire(kBytes);
  ASSERT_EQ(second->base(), base);
  EXPECT_EQ(second->committed_pages(), 0u);
  second->commit(pages);
  EXPECT_EQ(first_not(true, base, kBytes), nullptr);
  unpoison(base, kBytes);
  for (uint32_t page = 0; page < pages; ++page) EXPECT_EQ(second->page_words()[page], 0u);
  EXPECT_GT(second->dirty_pages(), 0u);
  for (size_t i = second->dirty_pages() * kPageBytes; i < kBytes; ++i) ASSERT_EQ(base[i], 0) << i;
  Reservation::give_back(std::move(second), pages);
}

TEST(Reservation, RefusalIsASystemErrorThatNamesTheSize) {
  try {
    Reservation::acquire(size_t{1} << 47);  // all the addresses there are
    FAIL() << "granted";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::strstr(error.what(), "134217728 MiB"), nullptr) << error.what();
  }
}

// What runs out first is room for ranges, of whatever size: the message says so, and how much one takes.
TEST(Reservation, RefusalNamesTheAddressSpaceWhenEveryPlaceIsTaken) {
  Reservation::trim();
  std::vector<std::unique_ptr<Reservation>> many;
  std::string said;
  while (said.empty() && many.size() < 1000) {
    try {
      many.push_back(Reservation::acquire(kBytes));
    } catch (const std::system_error& error) {
      said = error.what();
    }
  }
  EXPECT_GT(many.size(), 50u);
  for (const char* word : {"no address space left", "256 GiB", "HeapOptions::range_bytes", "share one"})
    EXPECT_NE(said.find(word), std::string::npos) << word << ": " << said;
  many.clear();
  Reservation::give_back(Reservation::acquire(kBytes), 0);
}

}  // namespace
}  // namespace gcmap
