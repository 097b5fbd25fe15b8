// A map with the interface of std::unordered_map, as MapWork (map_work.h) uses it. String keys are
// std::string, 16 bytes being one more than fit inside it: every stored key is an allocation, as in gcmap.
// They are looked up by view.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace gcmap::bench {

template <typename Key>
using Owned = std::conditional_t<std::same_as<Key, std::string_view>, std::string, Key>;

// std::hash<std::string>, but that a string may be given as a view. Not noexcept: libstdc++ keeps the hash of
// such keys beside them, as it does under std::hash<std::string>.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};

template <typename Key>
struct Absl {
  using Map = absl::flat_hash_map<Owned<Key>, uint64_t>;
  // Where Abseil was built before C++17 its view is a type of its own.
  static auto view(Key key) {
    if constexpr (std::same_as<Key, std::string_view>) {
      return absl::string_view(key.data(), key.size());
    } else {
      return key;
    }
  }
};

template <typename Key>
struct Std {
  using Hash = std::conditional_t<std::same_as<Key, std::string_view>, StringHash, std::hash<Key>>;
  using Map = std::unordered_map<Owned<Key>, uint64_t, Hash, std::equal_to<>>;
  static Key view(Key key) { return key; }
};

template <typename Key, template <typename> typename Kind>
class StandardSystem {
 public:
  void renew() { map_.emplace(); }
  void settle() {}
  void insert(Key key, uint64_t value) { (*map_)[Owned<Key>(key)] = value; }
  const uint64_t* find(Key key) const {
    const auto found = map_->find(Kind<Key>::view(key));
    return found != map_->end() ? &found->second : nullptr;
  }
  void erase(Key key) {
    if (const auto found = map_->find(Kind<Key>::view(key)); found != map_->end()) map_->erase(found);
  }
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto& [key, value] : *map_) visit(key, value);
  }

 private:
  std::optional<typename Kind<Key>::Map> map_;
};

template <typename Key>
using AbslSystem = StandardSystem<Key, Absl>;
template <typename Key>
using StdSystem = StandardSystem<Key, Std>;

}  // namespace gcmap::bench
