// Ref: a struct that refers to a node by a plain pointer (References<T>), as a key or value.
//
// Ref<32> lies in the bucket, Ref<136> in a box. The pointer is its second word, and every other word follows
// from it: who reads a Ref looks at every byte, and one that is not what its pointer says reads as null.
// Zeroed memory is the Ref of null. As keys they are compared, and hash, as their nodes do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

template <size_t kBytes>
struct Ref {
  static constexpr size_t kWordsBehind = kBytes / sizeof(uint64_t) - 2;
  static_assert((kWordsBehind + 2) * sizeof(uint64_t) == kBytes);

  explicit Ref(Node* node) : before(word(0, node)), to(node) {
    for (size_t i = 0; i < kWordsBehind; ++i) behind[i] = word(i + 1, node);
  }
  Node* node() const { return *this == Ref(to) ? to : nullptr; }
  bool operator==(const Ref&) const = default;

  uint64_t before;
  Node* to;
  uint64_t behind[kWordsBehind];

 private:
  static uint64_t word(uint64_t i, const Node* node) {
    return reinterpret_cast<uintptr_t>(node) * (2 * i + 3);
  }
};

template <size_t kBytes>
struct NumberOf<Ref<kBytes>> {
  static uint64_t of(const Ref<kBytes>& key) { return key.to->number(); }
};

template <size_t kBytes>
struct KeyEqual<Ref<kBytes>> {
  using is_transparent = void;
  bool operator()(const Ref<kBytes>& a, const Ref<kBytes>& b) const {
    return a.to->number() == b.to->number();
  }
  bool operator()(const Ref<kBytes>& a, KeyNumber b) const { return a.to->number() == b.number; }
  bool operator()(KeyNumber a, KeyNumber b) const { return a.number == b.number; }
};

template <size_t kBytes>
struct WordOf<Ref<kBytes>> {
  static constexpr bool kIsWord = false;
  static Ref<kBytes> argument(Word word) { return Ref<kBytes>(reinterpret_cast<Node*>(word)); }
  static Word of(const Ref<kBytes>& stored) { return reinterpret_cast<Word>(stored.node()); }
};

}  // namespace gcmap::harness

template <size_t kBytes>
struct gcmap::References<gcmap::harness::Ref<kBytes>> {
  static constexpr uint32_t kOffsets[] = {offsetof(gcmap::harness::Ref<kBytes>, to)};
};
