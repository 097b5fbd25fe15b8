// Programs that must not compile: ci/refusals_test.py looks for what the compiler says of each.
#include <string>

#include "gcmap/gcmap.h"
#include "gcmap/pool.h"
#include "gcmap/weak_value_map.h"

struct Forgetful {  // Members, and nobody traces them
  gcmap::Member<Forgetful> next;
};
struct Careless {  // trace is not const: the collector cannot call it
  gcmap::Member<Careless> next;
  void trace(gcmap::Visitor& visitor) { visitor.trace(next); }
};
struct Named {  // a String is traced too
  gcmap::String name;
};

void refused(gcmap::Heap& heap, gcmap::Arena& arena) {
  gcmap::make<Forgetful>(heap);          // its Members would not be seen
  gcmap::make<Careless>(heap);           // trace is not const
  arena.make<Named>();                   // its Members would not be seen
  gcmap::Map<std::string, int> a(heap);  // make it String
  a["pear"] = 1;                         // and nothing more is said
  gcmap::Map<int, const char*> b(heap);  // make it String
  b.insert_or_assign(1, "pear");
  gcmap::Map<int, Named*> c(heap);                               // make it Member
  gcmap::Map<Named*, int> d(heap);                               // make it Member
  gcmap::WeakValueMap<const char*, Named> e(heap);               // make it String
  gcmap::Map<int, Forgetful> f(heap);                            // not to be copied byte by byte
  gcmap::Map<gcmap::Member<gcmap::Map<int, int>>, int> g(heap);  // no key
}

// What says how it is meant compiles: nothing is said of these.
struct Atomic {
  Atomic() = default;
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) { return *this; }
  static constexpr bool kPointerFree = true;
};
void accepted(gcmap::Heap& heap) {
  gcmap::make<Atomic>(heap);
  gcmap::make<std::pair<int, std::pair<int, Atomic*>>>(heap);
  gcmap::Map<gcmap::String, gcmap::Member<Atomic>> map(heap);
  gcmap::Map<uintptr_t, gcmap::String> names(heap);
}
