// Injection: what strikes leaves nothing behind, and what does not strike is forgotten.
#include "harness/run/injection.h"

#include <gtest/gtest.h>

#include <new>

#include "gcmap/internal/map/layout.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

MapHeader* header_of(TestFamilies& families, size_t map) {
  return families.map(MapName(map)).adapter->header();
}

TEST(Injection, AFlagLeftUpByAFailureIsG7) {
  TestFamilies families(config_of(MapKind::kU64));
  for (uint32_t key = 0; key < 8; ++key) families.run(PutOperands{m0, key, key});
  families.run(FailOperands{1});
  EXPECT_THROW(families.run(PutOperands{m0, 8, 8}), std::bad_alloc);
  families->injection.disarm();
  EXPECT_EQ(oracle_of([&] { families.check_after_failure(); }), "");
  families.run(FailOperands{1});
  EXPECT_THROW(families.run(PutOperands{m0, 8, 8}), std::bad_alloc);
  families->injection.disarm();
  header_of(families, 0)->flags |= kFlagWriting;
  EXPECT_EQ(oracle_of([&] { families.check_after_failure(); }), "G7");
}

TEST(Injection, AnEntryThatAFailureLeftBehindIsG7) {
  TestFamilies families(config_of(MapKind::kU64));
  for (uint32_t key = 0; key < 8; ++key) families.run(PutOperands{m0, key, key});
  families.run(FailOperands{1});
  EXPECT_THROW(families.run(PutOperands{m0, 8, 8}), std::bad_alloc);
  families->injection.disarm();
  families.map(m0).adapter->put(8, 8);
  EXPECT_EQ(oracle_of([&] { families.check_after_failure(); }), "G7");
}

// What was armed for one operation does not reach the next.
TEST(Injection, DisarmTakesBackWhatDidNotHappen) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(InsideOperands{DecisionPoint::kMapEntryInserted, 1, CollectorStep::kCollect, 1});
  families.run(FailOperands{100});
  families->injection.disarm();
  families.run(PutOperands{m0, 1, 1});
  EXPECT_EQ(families.heap().stats().cycles, 0u);
  families.run(InsideOperands{DecisionPoint::kMapEntryInserted, 2, CollectorStep::kCollect, 1});
  families.run(PutOperands{m0, 2, 1});
  EXPECT_EQ(families.heap().stats().cycles, 0u);
  families.run(PutOperands{m0, 3, 1});
  EXPECT_EQ(families.heap().stats().cycles, 1u);
}

}  // namespace
}  // namespace gcmap::harness
