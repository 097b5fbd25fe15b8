// MapAdapterOf: the adapter for one instantiation of Map.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "gcmap/map.h"
#include "gcmap/string.h"
#include "harness/subject/map_adapter.h"
#include "harness/subject/node.h"

namespace gcmap::harness {

// The number a key counts as when it is hashed.
template <typename Argument>
struct NumberOf;
template <std::integral Integer>
struct NumberOf<Integer> {
  static uint64_t of(Integer key) { return key; }
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
    return hasher->hash(NumberOf<Argument>::of(key), seed, id);
  }

  using is_transparent = void;
};

// What a look-up may be given in place of a key.
struct KeyNumber {
  Word number;
};
template <>
struct NumberOf<KeyNumber> {
  static uint64_t of(KeyNumber key) { return key.number; }
};

// Words and what Map takes and stores. kIsWord: what lies in the bucket is the word.
template <typename T>
struct WordOf;

// Keys are compared as themselves, nodes by their numbers.
template <typename K>
struct KeyEqual {
  using Argument = std::remove_cvref_t<typename Cell<K>::Argument>;
  using is_transparent = void;

  bool operator()(const Argument& a, const Argument& b) const { return a == b; }
  bool operator()(const Argument& a, KeyNumber b) const { return a == Argument(key_of(b)); }
  bool operator()(KeyNumber a, KeyNumber b) const { return Argument(key_of(a)) == Argument(key_of(b)); }

 private:
  static auto key_of(KeyNumber key) { return WordOf<K>::argument(key.number); }
};
template <>
struct KeyEqual<Member<Node>> {
  using is_transparent = void;
  bool operator()(const Node* a, const Node* b) const { return a->number() == b->number(); }
  bool operator()(const Node* a, KeyNumber b) const { return a->number() == b.number; }
  bool operator()(KeyNumber a, KeyNumber b) const { return a.number == b.number; }
};

template <typename K, typename V>
using AdaptedMap = Map<K, V, ForwardHash, KeyEqual<K>>;
using InnerMap = AdaptedMap<uint64_t, Member<Node>>;

template <std::integral Integer>
struct WordOf<Integer> {
  static constexpr bool kIsWord = sizeof(Integer) == sizeof(Word);
  static Integer argument(Word word) { return static_cast<Integer>(word); }
  static Word of(Integer stored) { return stored; }
};
template <>
struct WordOf<Member<Node>> {
  static constexpr bool kIsWord = true;
  static Node* argument(Word word) { return reinterpret_cast<Node*>(word); }
  static Word of(const Member<Node>& stored) { return reinterpret_cast<Word>(*stored.slot()); }
};
template <>
struct WordOf<Member<InnerMap>> {
  static constexpr bool kIsWord = true;
  static InnerMap argument(Word word) {
    return MapDoor::from_header<InnerMap>(reinterpret_cast<MapHeader*>(word));
  }
  static Word of(const Member<InnerMap>& stored) { return reinterpret_cast<Word>(*stored.slot()); }
};

// Of a key or value as it lies in a bucket.
template <typename T>
Word word_in_cell(const void* cell) {
  using Stored = typename Cell<T>::Stored;
  return WordOf<T>::of(Cell<T>::object(*static_cast<Stored*>(const_cast<void*>(cell))));
}

template <typename K, typename V>
class MapAdapterOf final : public MapAdapter {
  using M = AdaptedMap<K, V>;

 public:
  MapAdapterOf(Heap& heap, uint64_t hint, const ForwardHash& hash) : map_(heap, hint, hash) {}
  explicit MapAdapterOf(MapHeader* map) : map_(MapDoor::from_header<M>(map)) {}

  void put(Word key, Word value) override { map_.insert_or_assign(key_of(key), value_of(value)); }
  bool insert(Word key, Word value) override { return map_.try_emplace(key_of(key), value_of(value)).second; }
  void insert_range(uint64_t count, const Element& element) override {
    map_.insert(ElementIterator(element), count);
  }
  Word update(Word key, Word operand) override {
    if constexpr (std::is_same_v<V, String>) {
      // A look-up does not hold its key, and the hash may collect.
      const RootHandle held(map_.heap(),
                            std::is_same_v<K, Member<Node>> ? reinterpret_cast<void*>(key) : nullptr);
      // Assigning to a String allocates: it could fail when operator[] has inserted its entry.
      const Word value = find(key).value_or(0) + operand;
      put(key, value);
      return value;
    } else if constexpr (HoldsReferences<V>) {
      put(key, operand);  // in the map it is read only
      return operand;
    } else {
      V& value = map_[key_of(key)];
      const Word before = is_reference() ? 0 : WordOf<V>::of(value);
      value = value_of(before + operand);
      return WordOf<V>::of(value);
    }
  }
  std::optional<Word> find(Word key) const override {
    return word_of(map_.find(static_cast<Key>(key_of(key))));
  }
  bool erase(Word key) override { return map_.erase(static_cast<Key>(key_of(key))) != 0; }
  std::optional<Word> find_as(Word number) const override { return word_of(map_.find(KeyNumber{number})); }
  bool erase_as(Word number) override { return map_.erase(KeyNumber{number}) != 0; }
  uint64_t erase_if(const std::function<bool(Word key)>& chosen) override {
    return gcmap::erase_if(
        map_, [&](const typename M::Entry& entry) { return chosen(WordOf<K>::of(entry.first)); });
  }
  void clear() override { map_.clear(); }
  void reserve(uint64_t entries) override { map_.reserve(entries); }
  void shrink_to_fit() override { map_.shrink_to_fit(); }
  void set_shrinking(bool on) override { map_.set_shrinking(on); }
  std::unique_ptr<MapAdapter> clone(uint64_t id) const override {
    M map = map_.clone();
    std::launder(reinterpret_cast<ForwardHash*>(MapDoor::header(map)->hasher))->id = id;
    return std::make_unique<MapAdapterOf>(MapDoor::header(map));
  }
  void swap(MapAdapter& other) override { map_.swap(static_cast<MapAdapterOf&>(other).map_); }
  void take(MapAdapter& other) override { map_ = std::move(static_cast<MapAdapterOf&>(other).map_); }
  bool equals(const MapAdapter& other) const override {
    return map_ == static_cast<const MapAdapterOf&>(other).map_;
  }
  uint64_t size() const override { return map_.size(); }
  std::unique_ptr<AdapterIterator> iterate(IterationStart start) const override {
    return std::make_unique<Iterator>(map_, start);
  }
  std::unique_ptr<AdapterLoop> loop() const override { return std::make_unique<Loop>(map_.begin()); }
  MapInspector inspect() const override { return MapDoor::inspect(map_); }
  MapHeader* header() const override { return MapDoor::header(map_); }

 private:
  class Iterator final : public AdapterIterator {
   public:
    Iterator(const M& map, IterationStart start) : iterator_(MapDoor::iterator_from(map, start)) {}

    std::optional<std::pair<Word, Word>> next() override {
      const EntryRef entry = iterator_.next();
      if (entry.key == nullptr) return std::nullopt;
      return std::pair(word_in_cell<K>(entry.key), word_in_cell<V>(entry.value));
    }
    int generation() const override { return iterator_.generation(); }
    IteratorPlace place() const override { return iterator_.place(); }
    std::span<const std::byte> memory() const override { return std::as_bytes(std::span(&iterator_, 1)); }

   private:
    MapIterator iterator_;
  };

  class Loop final : public AdapterLoop {
   public:
    explicit Loop(const typename M::Loop& loop) : loop_(loop) {}

    bool at_end() const override { return loop_ == MapEnd{}; }
    std::pair<Word, Word> entry() const override {
      const typename M::Entry entry = *loop_;
      return {WordOf<K>::of(entry.first), WordOf<V>::of(entry.second)};
    }
    Word key() const override {
      const Key key = loop_.key();
      if constexpr (std::is_pointer_v<Key>) {
        return reinterpret_cast<Word>(key);
      } else if constexpr (requires { WordOf<K>::of(key); }) {
        return WordOf<K>::of(key);
      } else {
        return NumberOf<std::remove_cvref_t<Key>>::of(key);
      }
    }
    void next() override { ++loop_; }
    void erase(MapAdapter& map) override { loop_ = static_cast<MapAdapterOf&>(map).map_.erase(loop_); }
    std::span<const std::byte> memory() const override { return std::as_bytes(std::span(&loop_, 1)); }

   private:
    using Key = typename Cell<K>::Argument;
    typename M::Loop loop_;
  };

  // Of elements that are made as they are read; an element's number is the end.
  class ElementIterator {
   public:
    using value_type = std::pair<std::remove_cvref_t<decltype(WordOf<K>::argument(Word{}))>,
                                 std::remove_cvref_t<decltype(WordOf<V>::argument(Word{}))>>;
    using difference_type = std::ptrdiff_t;

    explicit ElementIterator(const Element& element) : element_(&element) {}
    value_type operator*() const {
      const auto [key, value] = (*element_)(at_);
      return value_type(key_of(key), value_of(value));
    }
    ElementIterator& operator++() {
      ++at_;
      return *this;
    }
    void operator++(int) { ++at_; }
    friend bool operator==(const ElementIterator& it, uint64_t end) { return it.at_ == end; }

   private:
    const Element* element_;
    uint64_t at_ = 0;
  };

  using Key = typename Cell<K>::Argument;

  static std::optional<Word> word_of(const typename M::Cursor& cursor) {
    return cursor ? std::optional(WordOf<V>::of(cursor->second)) : std::nullopt;
  }
  static constexpr bool is_reference() { return WordOf<V>::kIsWord && !std::is_integral_v<V>; }
  static auto key_of(Word word) { return WordOf<K>::argument(word); }
  static auto value_of(Word word) { return WordOf<V>::argument(word); }

  M map_;
};

template <typename K, typename V>
constexpr AdapterKind adapter_kind() {
  using S = MapAdapterOf<K, V>;
  return {
      [](Heap& heap, const KeyHasher& hasher, uint64_t id, uint64_t hint) -> std::unique_ptr<MapAdapter> {
        return std::make_unique<S>(heap, hint, ForwardHash{&hasher, id});
      },
      [](MapHeader* map) -> std::unique_ptr<MapAdapter> { return std::make_unique<S>(map); },
      [](const MapHeader* map) { return MapInspector(map, Access<K, V, ForwardHash, KeyEqual<K>>::type()); },
      WordOf<K>::kIsWord ? nullptr : word_in_cell<K>, WordOf<V>::kIsWord ? nullptr : word_in_cell<V>};
}

}  // namespace gcmap::harness
