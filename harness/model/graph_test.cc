// The graph's walks, and the checks that rest on them.
#include "harness/model/graph.h"

#include <gtest/gtest.h>

namespace gcmap::harness {
namespace {

class ModelGraphTest : public testing::Test {
 protected:
  bool reached_from(ObjectId start, ObjectId object_id) {
    ModelWalk walk(graph_);
    walk.reach(start);
    return walk.reached(object_id);
  }

  ModelGraph graph_;
};

TEST_F(ModelGraphTest, LinksLeadOn) {
  const ObjectId a = graph_.add_node(1, 2);
  const ObjectId b = graph_.add_node(2, 3);
  const ObjectId c = graph_.add_node(3, 2);
  graph_.set_link(a, 1, b);
  graph_.set_link(b, 2, c);
  EXPECT_TRUE(reached_from(a, c));
  EXPECT_FALSE(reached_from(c, a));
  graph_.set_link(b, 2, kNoObject);
  EXPECT_FALSE(reached_from(a, c));
  EXPECT_EQ(graph_.number(b), 2u);
}

TEST_F(ModelGraphTest, AWalkSaysWhatCouldBeReached) {
  const ObjectId a = graph_.add_node(0, 2);
  ModelWalk walk(graph_);
  walk.reach(a);
  const ObjectId later = graph_.add_node(0, 2);
  graph_.set_link(a, 0, later);
  EXPECT_TRUE(walk.reached(a));
  EXPECT_FALSE(walk.reached(later));
  EXPECT_FALSE(walk.reached(kNoObject));
  EXPECT_TRUE(reached_from(a, later));
}

TEST_F(ModelGraphTest, CyclesEnd) {
  const ObjectId a = graph_.add_node(0, 2);
  const ObjectId b = graph_.add_node(0, 2);
  graph_.set_link(a, 0, b);
  graph_.set_link(b, 0, a);
  EXPECT_TRUE(reached_from(b, a));
  EXPECT_FALSE(reached_from(kNoObject, a));
}

TEST_F(ModelGraphTest, MapsLeadToKeysAndValuesOfTheirEntries) {
  const auto entries = std::make_shared<ModelMap>();
  const ObjectId map = graph_.add_map(entries);
  const ObjectId key = graph_.add_node(7, 2);
  const ObjectId other_key = graph_.add_node(7, 2);
  const ObjectId value = graph_.add_node(8, 2);
  const ObjectId other_value = graph_.add_node(9, 2);
  uint64_t serial = 0;
  entries->put(7, 8, serial, key, value);
  EXPECT_TRUE(reached_from(map, key));
  EXPECT_TRUE(reached_from(map, value));
  entries->put(7, 9, serial, other_key, other_value);  // the stored key stays, the value does not
  EXPECT_TRUE(reached_from(map, key));
  EXPECT_FALSE(reached_from(map, other_key));
  EXPECT_FALSE(reached_from(map, value));
  EXPECT_TRUE(reached_from(map, other_value));
  entries->erase(7);
  EXPECT_FALSE(reached_from(map, key));
  EXPECT_TRUE(graph_.is_map(map));
  EXPECT_FALSE(graph_.is_map(key));
}

TEST_F(ModelGraphTest, NumbersBeginAtOneAndNeverRepeat) {
  EXPECT_FALSE(graph_.contains(kNoObject));
  EXPECT_FALSE(graph_.contains(1));
  EXPECT_EQ(graph_.add_node(0, 2), 1u);
  EXPECT_EQ(graph_.add_map(std::make_shared<ModelMap>()), 2u);
  EXPECT_TRUE(graph_.contains(2));
  EXPECT_FALSE(graph_.contains(3));
  EXPECT_FALSE(graph_.freed(1));
  graph_.set_freed(1);
  EXPECT_TRUE(graph_.freed(1));
}

}  // namespace
}  // namespace gcmap::harness
