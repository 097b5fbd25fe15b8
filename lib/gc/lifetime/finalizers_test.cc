#include "gcmap/internal/gc/lifetime/finalizers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gc/test_heap.h"
#include "gc/test_objects.h"
#include "gcmap/finalizer.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"
#include "gcmap/weak.h"

namespace gcmap {
namespace {

class FinalizersTest : public TinyStepsTest {
 protected:
  // An object whose finalizer writes its name down.
  Pair* named(const std::string& name) {
    Local<Pair> object(heap_, make<Pair>(heap_));
    set_finalizer(object.get(), [this, name](Pair&) { ran_.push_back(name); });
    return object.get();
  }

  // Collects and runs what is queued; what ran, in order.
  std::vector<std::string> round() {
    heap_.collect();
    expect_sound(heap_);
    ran_.clear();
    heap_.run_finalizers();
    return ran_;
  }

  std::vector<std::string> ran_;
};

using Names = std::vector<std::string>;

TEST_F(FinalizersTest, RunsOnceAfterItsObjectDied) {
  Root<Pair> root(heap_, named("a"));
  EXPECT_EQ(round(), Names{});
  root = nullptr;
  EXPECT_EQ(round(), Names{"a"});
  EXPECT_EQ(heap_.stats().live_objects, 1u) << "alive until the next collection";
  EXPECT_EQ(round(), Names{});
  EXPECT_EQ(heap_.stats().live_objects, 0u);
  EXPECT_EQ(heap_.stats().finalizers_run, 1u);
}

TEST_F(FinalizersTest, RunsOnlyWhenAsked) {
  named("a");
  heap_.collect();
  heap_.collect();
  heap_.safepoint();
  EXPECT_EQ(ran_, Names{});
  EXPECT_EQ(heap_.stats().finalizers_queued, 1u);
  EXPECT_EQ(heap_.stats().live_objects, 1u) << "the queue holds it";
  EXPECT_EQ(heap_.run_finalizers(0), 0u);
  EXPECT_EQ(heap_.run_finalizers(), 1u);
}

TEST_F(FinalizersTest, WhoLeadsToOthersGoesFirst) {
  Root<Pair> a(heap_, named("a"));
  a->left = named("b");
  a->left->left = named("c");
  a->right = a->left->left.get();
  a = nullptr;
  EXPECT_EQ(round(), Names{"a"});
  EXPECT_EQ(round(), Names{"b"});
  EXPECT_EQ(round(), Names{"c"});
  EXPECT_EQ(round(), Names{});
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(FinalizersTest, WhatItLeadsToIsThereWhenItRuns) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  a->left = make<Pair>(heap_);
  a->left->right = make<Pair>(heap_);
  const Pair* seen = nullptr;
  set_finalizer(a.get(), [&](Pair& dying) { seen = dying.left->right.get(); });
  a = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 3u);
  heap_.run_finalizers();
  EXPECT_NE(seen, nullptr);
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(FinalizersTest, CirclesAreNeverFinalized) {
  Root<Pair> a(heap_, named("a"));
  a->left = make<Pair>(heap_);
  a->left->left = a.get();
  a = nullptr;
  EXPECT_EQ(round(), Names{});
  EXPECT_EQ(round(), Names{});
  EXPECT_EQ(heap_.stats().live_objects, 2u);
}

TEST_F(FinalizersTest, AnObjectOnACircleGoesOnceTheCircleIsCut) {
  Root<Pair> a(heap_, named("a"));
  Root<Pair> other(heap_, make<Pair>(heap_));
  a->left = other.get();
  other->left = a.get();
  a = nullptr;
  EXPECT_EQ(round(), Names{});
  other->left = nullptr;
  EXPECT_EQ(round(), Names{"a"});
}

TEST_F(FinalizersTest, MayKeepItsObjectAndBeSetAgain) {
  Root<Pair> kept(heap_);
  Root<Pair> a(heap_, make<Pair>(heap_));
  int runs = 0;
  const auto keep = [&](Pair& dying) {
    ++runs;
    kept = &dying;
  };
  set_finalizer(a.get(), keep);
  a = nullptr;
  heap_.collect();
  heap_.run_finalizers();
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 1u);
  EXPECT_EQ(heap_.run_finalizers(), 0u) << "once";
  set_finalizer(kept.get(), keep);
  kept = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.run_finalizers(), 1u);
  EXPECT_EQ(runs, 2);
}

TEST_F(FinalizersTest, WhatOneThrowsIsContained) {
  for (int i = 0; i < 3; ++i) {
    Local<Pair> object(heap_, make<Pair>(heap_));
    set_finalizer(object.get(), [this, i](Pair&) {
      if (i == 1) throw std::runtime_error("one");
      ran_.push_back(std::to_string(i));
    });
  }
  heap_.collect();
  Names told;
  const size_t ran = heap_.run_finalizers(SIZE_MAX, [&](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& e) {
      told.push_back(e.what());
    }
  });
  EXPECT_EQ(ran, 3u);
  EXPECT_EQ(ran_.size(), 2u);
  EXPECT_EQ(told, Names{"one"});
  EXPECT_EQ(heap_.stats().finalizers_failed, 1u);
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(FinalizersTest, MayCollectAllocateAndRunTheOthers) {
  for (int i = 0; i < 5; ++i) {
    Local<Pair> object(heap_, make<Pair>(heap_));
    set_finalizer(object.get(), [this](Pair& dying) {
      ran_.push_back("x");
      dying.left = make<Pair>(heap_);
      heap_.collect();
      heap_.run_finalizers();
      EXPECT_NE(dying.left.get(), nullptr);
    });
  }
  heap_.collect();
  EXPECT_EQ(heap_.run_finalizers(), 1u) << "the first one ran the others";
  EXPECT_EQ(ran_.size(), 5u);
}

TEST_F(FinalizersTest, OneThatSetsItselfAgainDoesNotRunForEver) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  std::function<void(Pair&)> again = [&](Pair& dying) {
    set_finalizer(&dying, again);
    heap_.collect();
  };
  set_finalizer(a.get(), again);
  a = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.run_finalizers(), 1u);
  EXPECT_EQ(heap_.stats().finalizers_attached, 1u) << "held by the handle of the call while it collected";
}

TEST_F(FinalizersTest, IsRefusedUnlessGivenTheStartOfAnObject) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  Heap other(tiny_steps());
  Root<Pair> foreign(other, make<Pair>(other));
  const auto nothing = [](void*) {};
  int local = 0;
  for (void* const bad : {static_cast<void*>(nullptr), static_cast<void*>(&a->right),
                          static_cast<void*>(&local), static_cast<void*>(foreign.get())}) {
    EXPECT_THROW(heap_.set_finalizer(bad, nothing), std::invalid_argument);
    EXPECT_THROW(heap_.clear_finalizer(bad), std::invalid_argument);
  }
  void* const dead = make<Pair>(heap_);
  heap_.collect();
  EXPECT_THROW(heap_.set_finalizer(dead, nothing), std::invalid_argument);
  heap_.set_finalizer(a.get(), nothing);
  EXPECT_THROW(heap_.set_finalizer(a.get(), nothing), std::invalid_argument) << "it has one";
  EXPECT_TRUE(heap_.clear_finalizer(a.get()));
  EXPECT_FALSE(heap_.clear_finalizer(a.get()));
}

TEST_F(FinalizersTest, WhatItCapturesGoesWithIt) {
  const auto captured = std::make_shared<int>(1);
  Root<Pair> a(heap_, make<Pair>(heap_));
  set_finalizer(a.get(), [captured](Pair&) {});
  EXPECT_EQ(captured.use_count(), 2);
  clear_finalizer(a.get());
  EXPECT_EQ(captured.use_count(), 1);
  set_finalizer(a.get(), [captured](Pair&) {});
  a = nullptr;
  heap_.collect();
  EXPECT_EQ(captured.use_count(), 2);
  heap_.run_finalizers();
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(Finalizers, ThoseLeftDoNotRunWhenTheHeapDies) {
  const auto captured = std::make_shared<int>(1);
  int runs = 0;
  {
    Heap heap(tiny_steps());
    for (int i = 0; i < 3; ++i) {
      Local<Pair> object(heap, make<Pair>(heap));
      Root<Pair> handle(heap, make<Pair>(heap));
      set_finalizer(object.get(), [captured, handle, &runs](Pair&) { ++runs; });
      if (i == 1) heap.collect();
    }
    EXPECT_EQ(captured.use_count(), 4);
  }
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(runs, 0);
}

// Every moment of a cycle at which a finalizer can be set, cleared or popped, after any number of units of
// marking, with objects that are scanned in pieces: what finalized objects lead to is there, nothing stays.
TEST(Finalizers, SetClearedAndRunAtEveryMomentOfACycle) {
  for (int deed = 0; deed < 4; ++deed) {
    for (uint64_t units = 0; units < 60; ++units) {
      SCOPED_TRACE("deed " + std::to_string(deed) + " after " + std::to_string(units) + " units");
      Heap heap(tiny_steps());
      Stepper step(heap);
      int runs = 0;
      // An array in several pieces, whose last slots lead to what the finalizer needs.
      std::optional<RootHandle> big(std::in_place, heap, heap.allocate(kArray, 40));
      void** const slots = static_cast<void**>(big->get());
      const auto finalizer = [&](void* dying) {
        ++runs;
        EXPECT_NE(static_cast<void**>(dying)[39], nullptr);
        EXPECT_TRUE(HeapInspector(heap).find(static_cast<void**>(dying)[39]).has_value());
      };
      Heap::store(&slots[39], make<Pair>(heap));
      std::optional<RootHandle> bystander(std::in_place, heap, make<Pair>(heap));
      heap.set_finalizer(bystander->get(), [](void*) {});
      if (deed != 0) heap.set_finalizer(big->get(), finalizer);
      if (deed == 2) {  // queued before the cycle
        big.reset();
        heap.collect();
      }
      step.start();
      step.mark(units);
      if (deed == 0) heap.set_finalizer(big->get(), finalizer);
      if (deed == 1) heap.clear_finalizer(big->get());
      if (deed == 2) EXPECT_EQ(heap.run_finalizers(), 1u);
      if (deed == 3) heap.clear_finalizer(bystander->get());
      big.reset();
      while (!step.mark(1)) {
      }
      for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
      ASSERT_TRUE(step.terminate());
      while (!step.sweep(1)) {
        for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
      }
      for (int i = 0; i < 3; ++i) {
        heap.run_finalizers();
        heap.collect();
      }
      EXPECT_EQ(runs, deed == 1 ? 0 : 1);
      bystander.reset();
      for (int i = 0; i < 2; ++i) {
        heap.collect();
        heap.run_finalizers();
      }
      heap.collect();
      EXPECT_EQ(heap.stats().live_objects, 0u);
    }
  }
}

}  // namespace
}  // namespace gcmap
