// The work of ./dev bench gc, on one collector; bench/go/gc_bench/work.go is the same in Go.
//
// A System is a collector:
//   Field<T>            a reference inside an object
//   Handle<T>           one on the stack: Handle<T>(system, pointer)
//   make<T>()           a new T of zeroes; make_array<T>(n): n of them in a row
//   Table<T>            a hash map from uint64_t to references: put, erase, find, each
//   collect()           a whole collection
// A class with references has a trace method that names them; one without holds no references.
//
// A work is made - what is not timed happens then -, run once or several times, and gives a checksum, which
// must be the same for all systems. Every object made and every other step of a work is an operation of the
// mutator (bench/stalls.h). Random numbers are words of SplitMix64 (bench/keys.h): the same for all.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "bench/keys.h"
#include "bench/stalls.h"

namespace gcmap::bench {

// Binary trees, the usual benchmark of collectors: a tree one deeper than `depth`, made and dropped; one of
// `depth`, kept; beside it trees of 4, 6, ... `depth` levels, made, counted and dropped, as many of each as
// make up 2^(depth+5) nodes.
template <typename System>
class Trees {
 public:
  Trees(System& system, uint64_t depth, uint64_t) : system_(system), depth_(static_cast<uint32_t>(depth)) {}

  void run(Stalls& stalls) {
    note(depth_ + 1, count(*grow(stalls, depth_ + 1)));
    const Handle kept(system_, grow(stalls, depth_));
    for (uint32_t depth = kDepthMin; depth <= depth_; depth += 2) {
      uint64_t nodes = 0;
      for (uint64_t left = uint64_t{1} << (depth_ - depth + kDepthMin); left > 0; --left)
        nodes += count(*grow(stalls, depth));
      note(depth, nodes);
    }
    note(depth_, count(*kept));
  }

  uint64_t operations() const { return operations_; }
  uint64_t checksum() { return checksum_; }

 private:
  static constexpr uint32_t kDepthMin = 4;
  struct Node {
    typename System::template Field<Node> left;
    typename System::template Field<Node> right;
    template <typename Visitor>
    void trace(Visitor& visitor) const {
      visitor.trace(left);
      visitor.trace(right);
    }
  };
  using Handle = typename System::template Handle<Node>;

  Node* grow(Stalls& stalls, uint32_t depth) {
    Node* const made = system_.template make<Node>();
    stalls.operation();
    if (depth == 0) return made;
    const Handle node(system_, made);
    node->left = grow(stalls, depth - 1);
    node->right = grow(stalls, depth - 1);
    return node.get();
  }
  static uint64_t count(const Node& node) {
    return node.left ? 1 + count(*node.left) + count(*node.right) : 1;
  }
  void note(uint32_t depth, uint64_t nodes) {
    operations_ += nodes;
    checksum_ = mix64(checksum_ + depth) + nodes;
  }

  System& system_;
  const uint32_t depth_;
  uint64_t operations_ = 0;
  uint64_t checksum_ = 0;
};

// Small objects of 16 to 128 bytes, of which the last kSurvivors are kept in a ring. Half of them hold a
// reference to the last one made before them that holds none, and keep it alive.
template <typename System>
class Window {
 public:
  Window(System& system, uint64_t objects, uint64_t seed)
      : system_(system),
        objects_(objects),
        seed_(seed),
        ring_(system, system.template make_array<Slot>(kSurvivors)) {}

  void run(Stalls& stalls) {
    Handle latest(system_, system_.template make<Object>());
    for (uint64_t i = 0; i < objects_; ++i) {
      Object* const made = make(kind(i), latest);
      made->number = i;
      auto& place = ring_.get()[i % kSurvivors].object;
      if (place) read(*place);
      place = made;
      stalls.operation();
    }
  }

  uint64_t operations() const { return objects_; }
  uint64_t checksum() {
    for (uint64_t i = 0; i < kSurvivors; ++i) {
      if (const auto& place = ring_.get()[i].object) read(*place);
    }
    return checksum_;
  }

 private:
  static constexpr uint64_t kSurvivors = uint64_t{1} << 17;

  struct Object {
    uint64_t number;
  };
  template <size_t words>
  struct Leaf : Object {
    uint64_t rest[words];
  };
  struct Linked : Object {
    typename System::template Field<Object> leaf;
    template <typename Visitor>
    void trace(Visitor& visitor) const {
      visitor.trace(leaf);
    }
  };
  template <size_t words>
  struct Link : Linked {
    uint64_t rest[words];
  };
  static_assert(sizeof(Leaf<1>) == 16 && sizeof(Link<2>) == 32);
  struct Slot {
    typename System::template Field<Object> object;
    template <typename Visitor>
    void trace(Visitor& visitor) const {
      visitor.trace(object);
    }
  };
  using Handle = typename System::template Handle<Object>;

  uint64_t kind(uint64_t number) const { return word(seed_, number) % 8; }
  static bool is_leaf(uint64_t kind) { return kind < 4; }

  template <size_t words>
  Object* make_leaf(Handle& latest) {
    latest = system_.template make<Leaf<words>>();
    return latest.get();
  }
  template <size_t words>
  Object* make_link(const Handle& latest) {
    auto* const made = system_.template make<Link<words>>();
    made->leaf = latest.get();
    return made;
  }
  Object* make(uint64_t kind, Handle& latest) {
    switch (kind) {
      case 0:
      case 1:
        return make_leaf<1>(latest);
      case 2:
        return make_leaf<5>(latest);
      case 3:
        return make_leaf<11>(latest);
      case 4:
      case 5:
        return make_link<2>(latest);
      case 6:
        return make_link<6>(latest);
      default:
        return make_link<14>(latest);
    }
  }
  void read(const Object& object) {
    checksum_ += mix64(object.number);
    if (!is_leaf(kind(object.number))) checksum_ ^= static_cast<const Linked&>(object).leaf->number;
  }

  System& system_;
  const uint64_t objects_;
  const uint64_t seed_;
  typename System::template Handle<Slot> ring_;
  uint64_t checksum_ = 0;
};

// A graph of 64-byte nodes, `mebibytes` of them (a power of two): a binary tree whose nodes were allocated in
// random order, each with one more edge to a random node.
template <typename System>
class Graph {
 public:
  Graph(System& system, uint64_t mebibytes, uint64_t seed)
      : system_(system), seed_(seed), nodes_((mebibytes << 20) / sizeof(Node)), root_(system, build()) {
    system_.collect();
  }

 protected:
  struct Node {
    uint64_t number;
    typename System::template Field<Node> left;
    typename System::template Field<Node> right;
    typename System::template Field<Node> across;
    uint64_t rest[4];
    template <typename Visitor>
    void trace(Visitor& visitor) const {
      visitor.trace(left);
      visitor.trace(right);
      visitor.trace(across);
    }
  };
  static_assert(sizeof(Node) == 64);
  using Handle = typename System::template Handle<Node>;

  // Of the graph from its root on.
  uint64_t digest() const { return digest(*root_); }

  System& system_;
  const uint64_t seed_;
  const uint64_t nodes_;
  Handle root_;

 private:
  struct Slot {
    typename System::template Field<Node> node;
    template <typename Visitor>
    void trace(Visitor& visitor) const {
      visitor.trace(node);
    }
  };

  // Which node, in order of allocation, stands at a place of the tree: one-to-one, as nodes_ is a power
  // of two.
  uint64_t at(uint64_t place) const {
    const int half = std::countr_zero(nodes_) / 2;
    place = place * 0x9e3779b97f4a7c15u % nodes_;
    place ^= place >> half;
    return place * 0xbf58476d1ce4e5b9u % nodes_;
  }

  Node* build() {
    const typename System::template Handle<Slot> all(system_, system_.template make_array<Slot>(nodes_));
    for (uint64_t i = 0; i < nodes_; ++i) {
      Node* const node = system_.template make<Node>();
      node->number = i;
      all.get()[i].node = node;
    }
    for (uint64_t place = 0; place < nodes_; ++place) {
      Node& node = *all.get()[at(place)].node;
      if (2 * place + 1 < nodes_) node.left = all.get()[at(2 * place + 1)].node.get();
      if (2 * place + 2 < nodes_) node.right = all.get()[at(2 * place + 2)].node.get();
      node.across = all.get()[word(seed_, place) % nodes_].node.get();
    }
    return all.get()[at(0)].node.get();
  }

  static uint64_t digest(const Node& node) {
    uint64_t sum = mix64(node.number ^ mix64(node.across->number));
    if (node.left) sum += digest(*node.left);
    if (node.right) sum += digest(*node.right);
    return sum;
  }
};

// One whole collection of the graph, in which nothing dies: to the mutator one stall. An operation is a node.
template <typename System>
class Mark : public Graph<System> {
 public:
  using Graph<System>::Graph;
  void run(Stalls& stalls) {
    this->system_.collect();
    stalls.read();
  }
  uint64_t operations() const { return this->nodes_; }
  uint64_t checksum() { return this->digest(); }
};

// The graph is held while thrice its size of nodes is made and dropped. At every eighth the mutator takes a
// random step in the graph and exchanges two of its edges.
template <typename System>
class Held : public Graph<System> {
 public:
  using Graph<System>::Graph;

  void run(Stalls& stalls) {
    const auto& root = this->root_;
    typename Held::Handle here(this->system_, root.get());
    for (uint64_t i = 0; i < operations(); ++i) {
      auto* const made = this->system_.template make<typename Held::Node>();
      made->number = i;
      made->across = here.get();
      stalls.operation();
      if (i % 8 != 0) continue;
      const uint64_t random = word(~this->seed_, i);
      const auto& edge = random % 3 == 0 ? here->left : random % 3 == 1 ? here->right : here->across;
      auto* const next = edge ? edge.get() : root.get();
      made->across = here->across.get();
      here->across = next->across.get();
      next->across = made->across.get();
      here = next;
      sum_ += next->number;
    }
  }
  uint64_t operations() const { return 3 * this->nodes_; }
  uint64_t checksum() { return this->digest() + sum_; }

 private:
  uint64_t sum_ = 0;
};

// A map of `entries` references: 10 times as often as it has entries the oldest is erased, a new one with a
// new 32-byte object put in, and one of those present looked up.
template <typename System>
class Churn {
 public:
  Churn(System& system, uint64_t entries, uint64_t seed)
      : system_(system), entries_(entries), seed_(seed), table_(system) {
    for (uint64_t i = 0; i < entries_; ++i) put(i);
    system_.collect();
  }

  void run(Stalls& stalls) {
    for (uint64_t i = 0; i < operations(); ++i) {
      table_.erase(word(seed_, i));
      put(entries_ + i);
      if (const Value* const found = table_.find(word(seed_, i + 1 + word(~seed_, i) % entries_)))
        checksum_ += mix64(found->number);
      stalls.operation();
    }
  }
  uint64_t operations() const { return 10 * entries_; }
  uint64_t checksum() {
    table_.each([&](uint64_t key, const Value* value) { checksum_ += mix64(key ^ value->number); });
    return checksum_;
  }

 private:
  struct Value {
    uint64_t number;
    uint64_t rest[3];
  };

  void put(uint64_t number) {
    auto* const value = system_.template make<Value>();
    value->number = number;
    table_.put(word(seed_, number), value);
  }

  System& system_;
  const uint64_t entries_;
  const uint64_t seed_;
  typename System::template Table<Value> table_;
  uint64_t checksum_ = 0;
};

}  // namespace gcmap::bench
