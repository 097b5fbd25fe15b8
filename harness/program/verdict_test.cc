// Names of failures, for people and for --keep-going.
#include "harness/program/verdict.h"

#include <gtest/gtest.h>

namespace gcmap::harness {
namespace {

Verdict failure(VerdictKind kind, const char* oracle, OpKind op, const char* frame = "") {
  Verdict verdict;
  verdict.kind = kind;
  verdict.oracle = oracle;
  verdict.op = op;
  verdict.frame = frame;
  return verdict;
}

TEST(Verdict, SignatureIsOracleAndOperation) {
  EXPECT_EQ(failure(VerdictKind::kBug, "M3", OpKind::kPutRun).signature(), "M3@put_run");
  EXPECT_EQ(failure(VerdictKind::kBug, "MD", OpKind::kNop).signature(), "MD@end");
  EXPECT_EQ(Verdict{}.signature(), "ok");
}

TEST(Verdict, KnownSignatureNamesTheMapsAndTheFrame) {
  Config config;
  EXPECT_EQ(known_signature(failure(VerdictKind::kBug, "M3", OpKind::kPutRun), config), "M3@put u64");
  config.kind = static_cast<uint32_t>(MapKind::kStrU64);
  EXPECT_EQ(known_signature(failure(VerdictKind::kCrash, "AS", OpKind::kPut, "gcmap::evacuate"), config),
            "AS@put str_u64 gcmap::evacuate");
  EXPECT_EQ(known_signature(failure(VerdictKind::kCrash, "SIGSEGV", OpKind::kNop), config),
            "SIGSEGV@end str_u64");
  EXPECT_EQ(known_signature({}, config), "ok");
}

}  // namespace
}  // namespace gcmap::harness
