#include "gcmap/internal/base/intrusive_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace gcmap {
namespace {

struct Item : ListLink<Item> {
  explicit Item(int v) : value(v) {}
  int value;
};

std::vector<int> values(const IntrusiveList<Item>& list) {
  std::vector<int> result;
  list.for_each([&](const Item& item) { result.push_back(item.value); });
  return result;
}

TEST(IntrusiveList, KeepsInsertionOrder) {
  Item a(1), b(2), c(3);
  IntrusiveList<Item> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop_front(), nullptr);
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  EXPECT_EQ(values(list), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_EQ(list.front(), &b);
}

TEST(IntrusiveList, RemovesFromFrontMiddleAndBack) {
  Item a(1), b(2), c(3), d(4);
  IntrusiveList<Item> list;
  for (Item* item : {&a, &b, &c, &d}) list.push_back(*item);
  list.remove(b);
  EXPECT_EQ(values(list), (std::vector<int>{1, 3, 4}));
  list.remove(a);
  list.remove(d);
  EXPECT_EQ(values(list), (std::vector<int>{3}));
  list.remove(c);
  EXPECT_TRUE(list.empty());
  list.push_back(a);
  EXPECT_EQ(values(list), (std::vector<int>{1}));
}

}  // namespace
}  // namespace gcmap
