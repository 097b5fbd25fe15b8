// SubjectOf: the subject for one instantiation of Map.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "gcmap/map.h"
#include "harness/node.h"
#include "harness/subject.h"

namespace gcmap::harness {

// The number a key counts as when it is hashed.
template <typename Argument>
struct NumberOf;
template <>
struct NumberOf<uint64_t> {
  static uint64_t of(uint64_t key) { return key; }
};
template <>
struct NumberOf<Node*> {
  static uint64_t of(const Node* key) { return key->number(); }
};

// Stored in every map: who hashes, and the map's id.
struct ForwardHash {
  const KeyHasher* hasher;
  uint64_t id;

  template <typename Argument>
  uint64_t operator()(const Argument& key, uint64_t seed) const {
    return hasher->hash(NumberOf<Argument>::of(key), seed);
  }
};

struct NodeEqual {
  bool operator()(const Node* a, const Node* b) const { return a->number() == b->number(); }
};

template <typename K>
using EqualOf = std::conditional_t<std::is_same_v<K, Member<Node>>, NodeEqual,
                                   std::equal_to<std::remove_cvref_t<typename Cell<K>::Argument>>>;
template <typename K, typename V>
using SubjectMap = Map<K, V, ForwardHash, EqualOf<K>>;
using InnerMap = SubjectMap<uint64_t, Member<Node>>;

// Words and what Map takes and stores.
template <typename T>
struct WordOf {
  static T argument(Word word) { return word; }
  static Word of(const T& stored) { return stored; }
};
template <>
struct WordOf<Member<Node>> {
  static Node* argument(Word word) { return reinterpret_cast<Node*>(word); }
  static Word of(const Member<Node>& stored) { return reinterpret_cast<Word>(*stored.slot()); }
};
template <>
struct WordOf<Member<InnerMap>> {
  static InnerMap argument(Word word) { return InnerMap::from_header(reinterpret_cast<MapHeader*>(word)); }
  static Word of(const Member<InnerMap>& stored) { return reinterpret_cast<Word>(*stored.slot()); }
};

template <typename K, typename V>
class SubjectOf final : public Subject {
  using M = SubjectMap<K, V>;

 public:
  static std::unique_ptr<Subject> make(Heap& heap, const KeyHasher& hasher, uint64_t id, uint64_t hint) {
    return std::make_unique<SubjectOf>(heap, hint, ForwardHash{&hasher, id});
  }
  static std::unique_ptr<Subject> open(MapHeader* map) { return std::make_unique<SubjectOf>(map); }
  static MapInspector inspect_header(const MapHeader* map) {
    return MapInspector(map, Access<K, V, ForwardHash, EqualOf<K>>::type());
  }

  SubjectOf(Heap& heap, uint64_t hint, const ForwardHash& hash) : map_(heap, hint, hash) {}
  explicit SubjectOf(MapHeader* map) : map_(M::from_header(map)) {}

  void put(Word key, Word value) override { map_.insert_or_assign(key_of(key), value_of(value)); }
  bool insert(Word key, Word value) override { return map_.try_emplace(key_of(key), value_of(value)).second; }
  Word update(Word key, Word operand) override {
    V& value = map_[key_of(key)];
    if constexpr (std::is_integral_v<V>) {
      value += operand;
    } else {
      value = value_of(operand);
    }
    return WordOf<V>::of(value);
  }
  std::optional<Word> find(Word key) const override {
    const auto cursor = map_.find(key_of(key));
    return cursor ? std::optional(WordOf<V>::of(cursor->second)) : std::nullopt;
  }
  bool erase(Word key) override { return map_.erase(key_of(key)) != 0; }
  void clear() override { map_.clear(); }
  uint64_t size() const override { return map_.size(); }
  std::unique_ptr<SubjectIterator> iterate(IterationStart start) const override {
    return std::make_unique<Iterator>(map_, start);
  }
  MapInspector inspect() const override { return map_.inspect(); }
  MapHeader* header() const override { return map_.header(); }

 private:
  class Iterator final : public SubjectIterator {
   public:
    Iterator(const M& map, IterationStart start) : iterator_(map.iterator_from(start)) {}

    std::optional<std::pair<Word, Word>> next() override {
      const EntryRef entry = iterator_.next();
      if (entry.key == nullptr) return std::nullopt;
      return std::pair(WordOf<K>::of(Cell<K>::object(*static_cast<typename Cell<K>::Stored*>(entry.key))),
                       WordOf<V>::of(Cell<V>::object(*static_cast<typename Cell<V>::Stored*>(entry.value))));
    }
    int generation() const override { return iterator_.generation(); }

   private:
    MapIterator iterator_;
  };

  static auto key_of(Word word) { return WordOf<K>::argument(word); }
  static auto value_of(Word word) { return WordOf<V>::argument(word); }

  M map_;
};

template <typename K, typename V>
constexpr SubjectKind subject_kind() {
  using S = SubjectOf<K, V>;
  return {S::make, S::open, S::inspect_header};
}

}  // namespace gcmap::harness
