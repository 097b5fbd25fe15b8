// H8, G4 and G5 must be found when they are broken, and only then.
#include "gc/verify/lifetimes_verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/span_cache.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {
namespace {

constexpr Type kLeaf{.name = "leaf", .size = 48};

class NoCollector final : public CollectionTrigger {
  void on_allocation_slow() override {}
  bool sweep_one(SpanClass) override { return false; }
  bool reclaim() override { return false; }
};

class LifetimesVerifierTest : public testing::Test {
 protected:
  LifetimesVerifierTest()
      : space_({.range_bytes = size_t{64} << 20}, trigger_), lifetimes_(space_, HeapOptions()) {
    space_.attach(cache_);
    a_ = make();
    b_ = make();
    lifetimes_.finalizers.set(a_, [](void*) {});
    lifetimes_.weak_cells.attach(a_, cell());
    lifetimes_.weak_cells.attach(b_, cell());
    EXPECT_TRUE(ids().empty());
  }

  void* make() { return space_.allocate(cache_, kLeaf, kLeaf.size); }
  WeakCell* cell() {
    return static_cast<WeakCell*>(space_.allocate(cache_, weak_cell_type(), sizeof(WeakCell)));
  }
  Span& span() { return *space_.pages().index().span_of(a_); }
  Special& special(void* object, Special::Kind kind) { return *lifetimes_.specials.find(object, kind); }

  std::vector<std::string> ids() {
    Violations violations;
    verify_lifetimes(space_, lifetimes_, &violations);
    std::vector<std::string> found;
    for (const Violation& v : violations) found.push_back(v.id);
    return found;
  }

  NoCollector trigger_;
  ObjectSpace space_;
  SpanCache cache_;
  Lifetimes lifetimes_;
  void* a_ = nullptr;
  void* b_ = nullptr;
};

using Ids = std::vector<std::string>;

TEST_F(LifetimesVerifierTest, H8SpecialThatNamesAnotherObject) {
  Special& special = this->special(a_, Special::Kind::kFinalizer);
  special.object = b_;
  EXPECT_EQ(ids(), (Ids{"H8", "G4"}));
  special.object = a_;
}

TEST_F(LifetimesVerifierTest, H8SpecialsMiscounted) {
  ++span().special_count;
  EXPECT_EQ(ids(), Ids{"H8"});
  --span().special_count;
}

TEST_F(LifetimesVerifierTest, H8SpecialsOfAFreeSlot) {
  const uint32_t slot = span().slot_of(b_);
  span().free_index = slot;
  EXPECT_EQ(ids(), Ids{"H8"});
  span().free_index = slot + 1;
}

TEST_F(LifetimesVerifierTest, H8ListedButHangingNowhere) {
  Special*& head = span().specials[span().slot_of(b_)];
  Special* const hidden = std::exchange(head, nullptr);
  EXPECT_EQ(ids(), (Ids{"H8", "H8"}));
  head = hidden;
}

TEST_F(LifetimesVerifierTest, H8HangingOnTwoObjects) {
  Special*& head = span().specials[span().slot_of(b_)];
  Special* const own = std::exchange(head, &special(a_, Special::Kind::kFinalizer));
  const Ids found = ids();
  EXPECT_NE(std::count(found.begin(), found.end(), "H8"), 0);
  head = own;
}

TEST_F(LifetimesVerifierTest, G4FinalizerOfAnotherObject) {
  auto& finalizer = static_cast<Finalizer&>(special(a_, Special::Kind::kFinalizer));
  finalizer.target = b_;
  EXPECT_EQ(ids(), Ids{"G4"});
  finalizer.target = a_;
}

TEST_F(LifetimesVerifierTest, G4QueuedObjectThatIsNotAlive) {
  auto& finalizer = static_cast<Finalizer&>(special(a_, Special::Kind::kFinalizer));
  lifetimes_.finalizers.queue(finalizer);
  EXPECT_TRUE(ids().empty());
  finalizer.target = static_cast<char*>(b_) + 48;
  EXPECT_EQ(ids(), Ids{"G4"});
  finalizer.target = a_;
}

TEST_F(LifetimesVerifierTest, G5CellThatLeadsElsewhere) {
  WeakCell& cell = *lifetimes_.weak_cells.find(a_);
  for (void* const wrong : {static_cast<void*>(nullptr), b_}) {
    cell.target = wrong;
    EXPECT_EQ(ids(), Ids{"G5"});
  }
  cell.target = a_;
}

TEST_F(LifetimesVerifierTest, G5CellThatIsNotAlive) {
  WeakCell* const last = lifetimes_.weak_cells.find(b_);
  Span& cells = *space_.pages().index().span_of(last);
  const uint32_t slot = cells.slot_of(last);
  cells.free_index = slot;
  EXPECT_EQ(ids(), Ids{"G5"});
  cells.free_index = slot + 1;
}

}  // namespace
}  // namespace gcmap
