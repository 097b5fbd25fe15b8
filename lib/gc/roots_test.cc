#include "gcmap/internal/gc/roots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

struct Leaf {
  uint64_t value = 7;
};

HeapOptions one_root_per_unit() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.root_piece_slots = 1;
  return options;
}

class RootsTest : public testing::Test {
 protected:
  RootsTest() : heap_(one_root_per_unit()), step_(heap_) {}

  uint64_t finish() {
    while (!step_.mark(1)) {
    }
    EXPECT_TRUE(heap_.verify().empty());
    step_.terminate();
    step_.sweep(UINT64_MAX);
    return heap_.stats().live_objects;
  }

  Heap heap_;
  Stepper step_;
};

TEST_F(RootsTest, CopiesAndMovesKeepTheValueInAnyOrderOfScanning) {
  for (int scanned = 0; scanned < 4; ++scanned) {
    auto oldest = std::make_unique<Root<Leaf>>(heap_, make<Leaf>(heap_));
    Root<Leaf> middle(heap_);
    Root<Leaf> newest(heap_);
    step_.start();
    step_.mark(static_cast<uint64_t>(scanned));
    newest = *oldest;
    Root<Leaf> moved(std::move(*oldest));
    oldest.reset();
    middle = newest;
    newest = nullptr;
    EXPECT_EQ(finish(), 1u) << scanned << " roots scanned before";
    EXPECT_EQ(middle->value, 7u);
    EXPECT_EQ(moved.get(), middle.get());
  }
}

TEST_F(RootsTest, DestroyingTheRootUnderTheCursorGoesOnWithTheNext) {
  std::vector<std::unique_ptr<Root<Leaf>>> roots;
  for (int i = 0; i < 6; ++i) roots.push_back(std::make_unique<Root<Leaf>>(heap_, make<Leaf>(heap_)));
  step_.start();
  step_.mark(2);     // the two newest
  roots[3].reset();  // under the cursor
  EXPECT_EQ(finish(), 5u);
}

// The cursor comes to stand before each root in turn while its neighbours go, by whichever mutator
// is current.
TEST_F(RootsTest, RootsMayGoInAnyOrderWhereverTheCursorStands) {
  Mutator& own = heap_.mutator();
  Mutator& other = heap_.add_mutator();
  std::array<size_t, 4> order = {0, 1, 2, 3};
  do {
    for (uint64_t scanned = 0; scanned <= 6; ++scanned) {
      Root<Leaf> oldest(heap_, make<Leaf>(heap_));
      std::array<std::unique_ptr<Root<Leaf>>, 4> roots;
      for (auto& root : roots) root = std::make_unique<Root<Leaf>>(heap_, make<Leaf>(heap_));
      Root<Leaf> newest(heap_, make<Leaf>(heap_));
      step_.start();
      step_.mark(scanned);
      for (const size_t i : order) {
        heap_.enter(i % 2 == 0 ? other : own);
        roots[i].reset();
        if (i == scanned % 4) step_.mark(1);
      }
      heap_.enter(own);
      const uint64_t left = finish();
      EXPECT_GE(left, 2u);
      EXPECT_LE(left, 2 + std::min<uint64_t>(scanned + 1, 4));
      EXPECT_EQ(oldest->value + newest->value, 14u);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(RootsTest, ARootMadeWhileMarkingIsShadedAtOnce) {
  auto old_root = std::make_unique<Root<Leaf>>(heap_, make<Leaf>(heap_));
  step_.start();
  Root<Leaf> fresh(heap_, old_root->get());
  old_root.reset();
  EXPECT_EQ(finish(), 1u);
}

TEST_F(RootsTest, AssignmentBetweenHeapsIsFatal) {
  Heap other(one_root_per_unit());
  Root<Leaf> here(heap_);
  Root<Leaf> there(other);
  EXPECT_DEATH(here = there, "a root cannot change its heap");
}

TEST(RootList, ScanVisitsEveryLinkedSlotOnce) {
  Heap heap(one_root_per_unit());
  std::vector<std::unique_ptr<RootHandle>> handles;
  for (int i = 0; i < 5; ++i) handles.push_back(std::make_unique<RootHandle>(heap));
  RootList& list = HeapDoor::roots(heap);
  EXPECT_TRUE(list.scan_done()) << "no scan has begun";
  list.begin_scan();
  int seen = 0;
  while (list.scan_next() != nullptr) ++seen;
  EXPECT_EQ(seen, 5);
  EXPECT_TRUE(list.scan_done());
  EXPECT_EQ(list.scan_next(), nullptr);
}

}  // namespace
}  // namespace gcmap
