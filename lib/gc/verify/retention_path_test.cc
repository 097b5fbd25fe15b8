#include "gc/verify/retention_path.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "gc/test_objects.h"
#include "gcmap/weak_key_map.h"

namespace gcmap {
namespace {

class RetentionPathTest : public testing::Test {
 protected:
  std::string at(const void* object, const char* type = "object") const {
    char text[64];
    std::snprintf(text, sizeof text, "heap+0x%llx (%s)",
                  static_cast<unsigned long long>(heap_.offset_of(object)), type);
    return text;
  }
  std::string path(const void* object) const { return RetentionPaths(heap_).to(object); }

  Heap heap_;
};

TEST_F(RetentionPathTest, IsTheShortestOne) {
  Root<Pair> long_way(heap_, make<Pair>(heap_));
  Local<Pair> last(heap_, long_way.get());
  for (int i = 0; i < 5; ++i) {
    last->left = make<Pair>(heap_);
    last = last->left.get();
  }
  Root<Pair> short_way(heap_, make<Pair>(heap_));
  short_way->right = last.get();
  Pair* const target = last.get();
  last = nullptr;
  EXPECT_EQ(path(target), "root 0 -> " + at(short_way.get()) + " byte 8 -> " + at(target));
  EXPECT_EQ(path(short_way.get()), "root 0 -> " + at(short_way.get()));
}

TEST_F(RetentionPathTest, SaysSoWhereNothingLeads) {
  const Pair* const garbage = make<Pair>(heap_);
  EXPECT_EQ(path(garbage), "nothing leads to " + at(garbage));
}

TEST_F(RetentionPathTest, LeadsThroughWeakKeys) {
  WeakKeyMap<Pair, Pair> map(heap_);
  Root<Pair> key(heap_, make<Pair>(heap_));
  map.insert_or_assign(key.get(), make<Pair>(heap_));
  const Pair* const value = map.find(key.get());
  EXPECT_EQ(path(value), "root 0 -> " + at(key.get()) + " as a weak key -> " + at(value));
}

}  // namespace
}  // namespace gcmap
