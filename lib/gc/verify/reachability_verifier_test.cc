// H7 and G1 must be found when they are broken, and only then.
#include "gc/verify/reachability_verifier.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  return options;
}

// Stores without the barrier.
void smuggle(const Member<Pair>& member, void* value) {
  *const_cast<void**>(member.slot()) = value;
}

class ReachabilityVerifierTest : public testing::Test {
 protected:
  ReachabilityVerifierTest() : heap_(small_heap()), step_(heap_), root_(heap_, make<Pair>(heap_)) {}

  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const Violation& v : heap_.verify()) found.push_back(v.id);
    return found;
  }

  Heap heap_;
  Stepper step_;
  Root<Pair> root_;
};

TEST_F(ReachabilityVerifierTest, H7PointerToAFreedObject) {
  Pair* const dead = make<Pair>(heap_);
  heap_.collect();
  EXPECT_TRUE(ids().empty());
  smuggle(root_->left, dead);
  const Violations violations = heap_.verify();
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_STREQ(violations[0].id, "H7");
  EXPECT_NE(violations[0].path.find("byte 0"), std::string::npos) << violations[0].path;
}

TEST_F(ReachabilityVerifierTest, H7PointerOutOfTheHeapIntoPageZeroOrAFreePage) {
  char outside = 0;
  char* const base = reinterpret_cast<char*>(root_.get()) - heap_.offset_of(root_.get());
  for (char* target : {&outside, base, base + 100 * kPageBytes, base + (size_t{1} << 36)}) {
    smuggle(root_->right, target);
    EXPECT_EQ(ids(), std::vector<std::string>{"H7"});
  }
  smuggle(root_->right, nullptr);
  EXPECT_TRUE(ids().empty());
}

TEST_F(ReachabilityVerifierTest, H7PointerToWhatTheSweepIsAboutToFree) {
  Pair* const doomed = make<Pair>(heap_);
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  EXPECT_TRUE(ids().empty());
  smuggle(root_->left, doomed);
  EXPECT_EQ(ids(), std::vector<std::string>{"H7"});
}

TEST_F(ReachabilityVerifierTest, H7RootToAFreedObject) {
  Pair* const dead = make<Pair>(heap_);
  heap_.collect();
  Root<Pair> dangling(heap_, dead);
  const Violations violations = heap_.verify();
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].path, "root");
}

TEST_F(ReachabilityVerifierTest, H7AtTheFarEndOfTheGraph) {
  Local<Pair> last(heap_, root_.get());
  for (int i = 0; i < 1000; ++i) {
    last->left = make<Pair>(heap_);
    last->right = make<Pair>(heap_);
    last = i % 2 == 0 ? last->left.get() : last->right.get();
  }
  Pair* const dead = make<Pair>(heap_);
  heap_.collect();
  EXPECT_TRUE(ids().empty());
  smuggle(last->left, dead);
  EXPECT_EQ(ids(), std::vector<std::string>{"H7"});
}

TEST_F(ReachabilityVerifierTest, H7InTheRootsOfAMutatorThatSleeps) {
  Pair* const dead = make<Pair>(heap_);
  heap_.collect();
  Mutator& first = heap_.mutator();
  Mutator& second = heap_.add_mutator();
  heap_.enter(second);
  {
    const Root<Pair> dangling(heap_, dead);
    heap_.enter(first);
    EXPECT_EQ(ids(), std::vector<std::string>{"H7"});
  }
  heap_.remove_mutator(second);
}

// Two heaps do the same; one of them is verified after every step, and nobody can tell which.
TEST_F(ReachabilityVerifierTest, VerifyingChangesNeitherColourNorCounter) {
  Heap unwatched(small_heap());
  Root<Pair> other_root(unwatched, make<Pair>(unwatched));
  const auto marks = [](const Heap& heap) {
    std::vector<bool> found;
    HeapInspector(heap).for_each_object([&](const ObjectView& object) { found.push_back(object.marked); });
    return found;
  };
  const auto step_both = [&](const std::function<void(Heap&, Root<Pair>&)>& step) {
    step(heap_, root_);
    step(unwatched, other_root);
    EXPECT_TRUE(heap_.verify().empty());
    EXPECT_EQ(marks(heap_), marks(unwatched));
    const HeapStats watched = heap_.stats();
    const HeapStats expected = unwatched.stats();
    EXPECT_TRUE(watched == expected);
  };
  const auto grow = [](Heap& heap, Root<Pair>& root) {
    Local<Pair> node(heap, make<Pair>(heap));
    node->left = root->left.get();
    root->left = node.get();
    root->right = root->left->left.get();
  };
  for (int i = 0; i < 10; ++i) step_both(grow);
  step_both([](Heap& heap, Root<Pair>&) { Stepper(heap).start(); });
  for (int i = 0; i < 5; ++i) {
    step_both(grow);
    step_both([](Heap& heap, Root<Pair>&) { Stepper(heap).mark(1); });
  }
  step_both([](Heap& heap, Root<Pair>&) { Stepper(heap).mark(UINT64_MAX); });
  step_both([](Heap& heap, Root<Pair>&) { EXPECT_TRUE(Stepper(heap).terminate()); });
  step_both(grow);
  step_both([](Heap& heap, Root<Pair>&) { Stepper(heap).sweep(UINT64_MAX); });
}

TEST_F(ReachabilityVerifierTest, G1StoreThatBypassedTheBarrier) {
  root_->left = make<Pair>(heap_);
  root_->left->left = make<Pair>(heap_);
  step_.start();
  step_.mark(2);  // the root object is black, root->left grey
  Pair* const hidden = root_->left->left.get();
  smuggle(root_->left->left, nullptr);
  smuggle(root_->right, hidden);
  EXPECT_TRUE(ids().empty()) << "still something grey";
  EXPECT_TRUE(step_.mark(UINT64_MAX));
  EXPECT_EQ(ids(), std::vector<std::string>{"G1"});
}

TEST_F(ReachabilityVerifierTest, G1OfAnObjectWithoutPointers) {
  static const Type kPlain{.name = "plain", .size = 8};
  void* const hidden = heap_.allocate(kPlain);
  step_.start();
  EXPECT_TRUE(step_.mark(UINT64_MAX));
  EXPECT_TRUE(ids().empty());
  smuggle(root_->left, hidden);
  EXPECT_EQ(ids(), std::vector<std::string>{"G1"});
  smuggle(root_->left, nullptr);
}

TEST_F(ReachabilityVerifierTest, G1IsCheckedInTheSinkAtMarkTermination) {
  class Checker final : public EventSink {
   public:
    explicit Checker(const Heap& heap) : heap_(heap) {}
    void on_phase(Phase, Phase to) override {
      if (to == Phase::kMarkTermination || to == Phase::kSweep) found += heap_.verify().size();
    }
    size_t found = 0;

   private:
    const Heap& heap_;
  };
  Checker checker(heap_);
  step_.set_event_sink(&checker);
  heap_.collect();
  EXPECT_EQ(checker.found, 0u);
  root_->left = make<Pair>(heap_);
  root_->left->left = make<Pair>(heap_);
  step_.start();
  step_.mark(2);
  smuggle(root_->right, root_->left->left.get());
  smuggle(root_->left->left, nullptr);
  step_.mark(UINT64_MAX);
  step_.terminate();
  EXPECT_EQ(checker.found, 2u) << "at the end of marking and before the sweep";
  smuggle(root_->right, nullptr);
  step_.set_event_sink(nullptr);
}

TEST(HeapInspector, FindsObjectsByAnyAddressInside) {
  Heap heap(small_heap());
  Type bytes;
  bytes.size = 1;
  char* const object = static_cast<char*>(heap.allocate(bytes, 100));
  const HeapInspector inspector(heap);
  for (int i = 0; i < 100; ++i) {
    const auto found = inspector.find(object + i);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->address, object);
    EXPECT_EQ(found->bytes, 100u);
    EXPECT_EQ(found->type, nullptr);
    EXPECT_FALSE(found->marked);
  }
  EXPECT_FALSE(inspector.find(object + 104).has_value());
  EXPECT_FALSE(inspector.find(&heap).has_value());
  EXPECT_FALSE(inspector.find(nullptr).has_value());
}

TEST(HeapInspector, ListsObjectsInAddressOrder) {
  Heap heap(small_heap());
  Type bytes;
  bytes.size = 1;
  for (size_t i = 0; i < 500; ++i) heap.allocate(bytes, i * 97 % 3000);
  heap.allocate(bytes, 200000);
  const void* last = nullptr;
  size_t count = 0;
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    EXPECT_LT(last, object.address);
    last = object.address;
    ++count;
  });
  EXPECT_EQ(count, 501u);
}

}  // namespace
}  // namespace gcmap
