// Runs the properties with a fixed seed, so that a run repeats. RC_PARAMS="seed=N max_success=M" chooses
// others.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  setenv("RC_PARAMS", "seed=20240601 max_success=100", /*overwrite=*/0);
  std::printf("RC_PARAMS=\"%s\"\n", std::getenv("RC_PARAMS"));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
