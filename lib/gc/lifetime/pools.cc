#include "gcmap/internal/gc/lifetime/pools.h"

#include <new>
#include <string>
#include <utility>

#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {
namespace {

// Half a kilobyte, as good as any: a chunk is one allocation for 63 objects.
constexpr uint32_t kChunkObjects = 63;
constexpr uint32_t kLink = 0;  // the word before the objects
constexpr uint32_t kEveryWord[] = {0};
constexpr Type kChunkType{
    .name = "pool chunk", .size = sizeof(void*), .pointer_offsets = kEveryWord, .pointer_count = 1};

}  // namespace

ObjectPool::ObjectPool(Heap& heap) : heap_(heap), primary_(heap), victim_(heap) {
  HeapDoor::lifetimes(heap).add_dependent();
  HeapDoor::lifetimes(heap).pools.add(*this);
}

ObjectPool::~ObjectPool() {
  HeapDoor::lifetimes(heap_).pools.remove(*this);
  HeapDoor::lifetimes(heap_).remove_dependent();
}

// An emptied chunk stays until the next one is needed: taking and putting at its edge allocates nothing.
void* ObjectPool::Generation::pop() noexcept {
  if (count == 0) return nullptr;
  if (top == 0) {
    newest.set(words()[kLink]);
    top = kChunkObjects;
  }
  void** const place = &words()[top];
  void* const object = *place;
  Heap::store(place, nullptr);
  take_off(top, 1, "objects in the newest chunk of a pool");
  take_off(count, 1, "objects of a pool");
  return object;
}

void ObjectPool::Generation::become(const Generation& other) noexcept {
  newest.set(other.newest.get());
  top = other.top;
  count = other.count;
}

void ObjectPool::Generation::drop() noexcept {
  newest.set(nullptr);
  top = 0;
  count = 0;
}

void* ObjectPool::get() noexcept {
  void* const object = primary_.pop();
  if (object != nullptr) return object;
  GCMAP_SOMETIMES(victim_.count > 0, "an object is taken from the victims of a pool");
  return victim_.pop();
}

bool ObjectPool::put(void* object) noexcept {
  if (HeapDoor::lifetimes(heap_).pools.bypassed()) return false;
  if (primary_.newest.get() == nullptr || primary_.top == kChunkObjects) {
    const RootHandle held(heap_, object);
    void* chunk = nullptr;
    try {
      chunk = heap_.allocate(kChunkType, kChunkObjects + 1);
    } catch (const std::bad_alloc&) {
      return false;
    }
    // A cycle may have started meanwhile: the link leads to what is the primary generation now.
    Heap::store(&static_cast<void**>(chunk)[kLink], primary_.newest.get());
    primary_.newest.set(chunk);
    primary_.top = 0;
  }
  Heap::store(&primary_.words()[primary_.top + 1], object);
  ++primary_.top;
  ++primary_.count;
  return true;
}

void ObjectPool::age() noexcept {
  victim_.become(primary_);
  primary_.drop();
}

void ObjectPool::clear() noexcept {
  primary_.drop();
  victim_.drop();
}

// `top` is not looked at: where marking is done on the way, it may be a step ahead of the chunks or behind.
void ObjectPool::verify(const Generation& generation, Violations* violations) {
  uint64_t count = 0;
  bool in_place = true;
  for (auto* words = generation.words(); words != nullptr; words = static_cast<void**>(words[kLink])) {
    uint32_t filled = 0;
    while (filled < kChunkObjects && words[filled + 1] != nullptr) ++filled;
    in_place &= count == 0 || filled == kChunkObjects;
    for (uint32_t i = filled + 1; i <= kChunkObjects; ++i) in_place &= words[i] == nullptr;
    count += filled;
  }
  const auto report = [&](const std::string& what) { violations->push_back({"H10", "pool", what}); };
  if (count != generation.count)
    report("counts " + std::to_string(generation.count) + " objects and holds " + std::to_string(count));
  if (!in_place) report("has places in use behind one that is not");
}

void Pools::verify(Violations* violations) const {
  all_.for_each([&](const ObjectPool& pool) {
    ObjectPool::verify(pool.primary_, violations);
    ObjectPool::verify(pool.victim_, violations);
  });
}

}  // namespace gcmap
