// Random sequences of every operation, beside std::unordered_map, for several kinds of keys and values.
#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "gcmap/map.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

// Kinds: what the map holds, what std::unordered_map holds, and the n-th key or value.
struct Numbers {
  using Stored = uint64_t;
  using Plain = uint64_t;
  static Plain nth(uint64_t n) { return n; }
  static Plain plain(uint64_t stored) { return stored; }
};
struct Doubles {
  using Stored = double;
  using Plain = double;
  static Plain nth(uint64_t n) { return static_cast<double>(n) / 8; }
  static Plain plain(double stored) { return stored; }
};
struct Strings {
  using Stored = String;
  using Plain = std::string;
  static Plain nth(uint64_t n) { return std::to_string(n) + std::string(n % 30, 'x'); }
  static Plain plain(const String& stored) { return std::string(stored.view()); }
};
struct Large {  // boxed
  uint64_t number;
  uint64_t rest[20];
  friend bool operator==(const Large& a, const Large& b) { return a.number == b.number; }
};
struct Boxes {
  using Stored = Large;
  using Plain = uint64_t;
  static Large nth(uint64_t n) { return Large{n, {}}; }
  static Plain plain(const Large& stored) { return stored.number; }
};

}  // namespace
}  // namespace gcmap

template <>
struct std::hash<gcmap::Large> {
  size_t operator()(const gcmap::Large& large) const { return large.number; }
};

namespace gcmap {
namespace {

template <typename T>
const T& plain_of(const T& plain) {
  return plain;
}
uint64_t plain_of(const Large& large) {
  return large.number;
}

template <typename K, typename V>
struct Kinds {
  using Key = K;
  using Value = V;
};

// Map and model, to which the same is done.
template <typename Kind>
class BesideUnorderedMap : public testing::Test {
 protected:
  using K = typename Kind::Key;
  using V = typename Kind::Value;
  using TestedMap = Map<typename K::Stored, typename V::Stored>;
  using ModelMap = std::unordered_map<typename K::Plain, typename V::Plain>;

  // One random operation; its answer is compared at once.
  void step(uint64_t range) {
    const uint64_t n = random_.below(range);
    const uint64_t m = random_.below(1000);
    const auto key = K::nth(n);
    const auto value = V::nth(m);
    const auto& model_key = plain_of(key);
    const auto& model_value = plain_of(value);
    switch (random_.below(16)) {
      case 0:
      case 1:
        map_[key] = value;
        model_[model_key] = model_value;
        break;
      case 2:
        ASSERT_EQ(map_.insert({key, value}).second, model_.insert({model_key, model_value}).second);
        break;
      case 3:
        ASSERT_EQ(map_.emplace(key, value).second, model_.emplace(model_key, model_value).second);
        break;
      case 4:
        ASSERT_EQ(map_.try_emplace(key, value).second, model_.try_emplace(model_key, model_value).second);
        break;
      case 5:
      case 6:
        ASSERT_EQ(map_.insert_or_assign(key, value).second,
                  model_.insert_or_assign(model_key, model_value).second);
        break;
      case 7:
      case 8:
      case 9:
      case 10:
        ASSERT_EQ(map_.erase(key), model_.erase(model_key));
        break;
      default:
        step_whole(key, model_key);
    }
  }

  // Operations that take no value.
  void step_whole(const auto& key, const auto& model_key) {
    const auto found = map_.find(key);
    ASSERT_EQ(static_cast<bool>(found), model_.contains(model_key));
    ASSERT_EQ(map_.count(key), model_.count(model_key));
    if (found) {
      ASSERT_EQ(V::plain(found->second), model_.at(model_key));
    }
    switch (random_.below(40)) {
      case 0:
        map_.clear(), model_.clear();
        break;
      case 1:
        map_.reserve(random_.below(500));
        break;
      case 2:
        map_.shrink_to_fit();
        break;
      case 3:
        map_.set_shrinking(!map_.shrinking());
        break;
      case 4:
        map_ = map_.clone();
        break;
      case 5:
        heap_.collect();
        break;
      case 6:
        erase_by_loop();
        break;
      case 7:
        if (found) map_.erase(found), model_.erase(model_key);
        break;
      default:
        ASSERT_EQ(map_.size(), model_.size());
    }
  }

  // it = erase(it) for every other entry met.
  void erase_by_loop() {
    for (auto it = map_.begin(); it != map_.end();) {
      const auto key = K::plain(it->first);
      if (random_.below(2) == 0) {
        ++it;
      } else {
        it = map_.erase(it);
        ASSERT_EQ(model_.erase(key), 1u);
      }
    }
  }

  void expect_same() {
    ModelMap met;
    for (const auto entry : map_)
      ASSERT_TRUE(met.emplace(K::plain(entry.first), V::plain(entry.second)).second);
    ASSERT_EQ(met, model_);
    expect_sound(MapDoor::inspect(map_));
  }

  Heap heap_;
  TestedMap map_{heap_};
  ModelMap model_;
  Random random_{1};
};

using EveryKind = testing::Types<Kinds<Numbers, Numbers>, Kinds<Strings, Strings>, Kinds<Doubles, Strings>,
                                 Kinds<Boxes, Numbers>, Kinds<Strings, Boxes>>;
TYPED_TEST_SUITE(BesideUnorderedMap, EveryKind);

TYPED_TEST(BesideUnorderedMap, EverySequenceGivesTheSame) {
  for (uint64_t round = 0; round < 60; ++round) {
    const uint64_t range = std::vector<uint64_t>{4, 20, 60, 300}[round % 4];  // overflow, growth, halving
    for (int i = 0; i < 150; ++i) ASSERT_NO_FATAL_FAILURE(this->step(range)) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(this->expect_same()) << "round " << round;
  }
}

}  // namespace
}  // namespace gcmap
