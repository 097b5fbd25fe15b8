// The subject for Map<uint64_t, uint64_t>: keys and values are ids and numbers themselves.
#include "gcmap/map.h"
#include "harness/subject.h"

namespace gcmap::harness {
namespace {

struct ForwardHash {
  const KeyHasher* hasher;
  uint64_t operator()(uint64_t key, uint64_t seed) const { return hasher->hash(key, seed); }
};

class U64Iterator final : public SubjectIterator {
 public:
  template <typename SomeMap>
  U64Iterator(const SomeMap& map, IterationStart start) : iterator_(map.iterator(start)) {}

  std::optional<std::pair<uint64_t, uint64_t>> next() override {
    const EntryRef entry = iterator_.next();
    if (entry.key == nullptr) return std::nullopt;
    return std::pair(*static_cast<const uint64_t*>(entry.key), *static_cast<const uint64_t*>(entry.value));
  }
  int generation() const override { return iterator_.generation(); }

 private:
  MapIterator iterator_;
};

class U64Subject final : public Subject {
 public:
  U64Subject(Heap& heap, const KeyHasher& hasher, uint64_t hint) : map_(heap, hint, ForwardHash{&hasher}) {}

  void put(uint64_t key, uint64_t value) override { map_.insert_or_assign(key, value); }
  bool insert(uint64_t key, uint64_t value) override { return map_.try_emplace(key, value).second; }
  uint64_t increment(uint64_t key, uint64_t delta) override { return map_[key] += delta; }
  std::optional<uint64_t> find(uint64_t key) const override {
    const auto cursor = map_.find(key);
    return cursor ? std::optional(cursor->second) : std::nullopt;
  }
  bool erase(uint64_t key) override { return map_.erase(key) != 0; }
  void clear() override { map_.clear(); }
  uint64_t size() const override { return map_.size(); }
  std::unique_ptr<SubjectIterator> iterate(IterationStart start) const override {
    return std::make_unique<U64Iterator>(map_, start);
  }
  MapInspector inspect() const override { return map_.inspect(); }

 private:
  Map<uint64_t, uint64_t, ForwardHash> map_;
};

}  // namespace

std::unique_ptr<Subject> make_u64_subject(Heap& heap, const KeyHasher& hasher, uint64_t hint) {
  return std::make_unique<U64Subject>(heap, hasher, hint);
}

}  // namespace gcmap::harness
