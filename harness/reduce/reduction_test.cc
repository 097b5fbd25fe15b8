// Which failures count as the same.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "harness/reduce/reducer.h"

namespace gcmap::harness {
namespace {

Verdict bug(std::string oracle, size_t index, OpKind op) {
  return {VerdictKind::kBug, std::move(oracle), index, op, "planted", 0};
}

TEST(SameFailure, ARunIsTheSameKindAsItsSingleOperation) {
  const Verdict put = bug("M3", 1, OpKind::kPut);
  const Verdict put_run = bug("M3", 0, OpKind::kPutRun);
  const Verdict erase = bug("M3", 0, OpKind::kErase);
  EXPECT_TRUE(is_same_failure(put_run, put, Strictness::kSameBug));
  EXPECT_FALSE(is_same_failure(put_run, erase, Strictness::kSameBug));
  EXPECT_TRUE(is_same_failure(put_run, erase, Strictness::kSameOracle));
  EXPECT_FALSE(is_same_failure(put_run, bug("M4", 0, OpKind::kPut), Strictness::kSameOracle));
  EXPECT_FALSE(is_same_failure(put_run, Verdict{}, Strictness::kAnyFailure));
}

}  // namespace
}  // namespace gcmap::harness
