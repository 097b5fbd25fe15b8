// Runs the properties with a fixed seed, so that a run repeats. RC_PARAMS="seed=N max_success=M" chooses
// others. --list prints a line a property: its name and its place.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "properties/property.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    for (const gcmap::properties::Property& property : gcmap::properties::all_properties()) {
      std::printf("%s.%s %s:%d\n", property.suite.c_str(), property.name.c_str(), property.file.c_str(),
                  property.line);
    }
    return 0;
  }
  setenv("RC_PARAMS", "seed=20240601 max_success=100", /*overwrite=*/0);
  std::printf("RC_PARAMS=\"%s\"\n", std::getenv("RC_PARAMS"));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
