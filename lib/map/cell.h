// Cells: how a key or a value lies in a bucket, and how it gets there.
//
//   key or value     in the bucket    handed over as    stored by
//   an integer       itself           itself            assignment
//   Member<T>        one pointer      T*                Heap::store
//   Member<Map<>>    one pointer      const Map&        Heap::store    (gcmap/map.h)
//
// Cell<T> is for code that knows the type, copy_cell and wipe_cell for code that knows a MapType.
//
// Pointers are stored through the write barrier wherever they are stored: in a fresh slot, over another
// value, in evacuation, and when a slot is wiped. What a caller hands over is a pointer nobody else may hold,
// so whoever may allocate before it is stored, or must compare with it after, holds it (Hold).
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>

#include "gcmap/handles.h"

namespace gcmap {

template <typename T>
struct Cell;

template <std::integral T>
struct Cell<T> {
  using Argument = T;
  static constexpr bool kPointer = false;  // for the collector to follow
  static constexpr bool kMap = false;
  static constexpr Type kType{.name = "integer", .size = sizeof(T), .alignment = alignof(T)};

  static Argument load(const T& cell) { return cell; }
  static void store(T& cell, T value) { cell = value; }

  // Keeps an argument alive. `in_heap`: any address in the heap it belongs to.
  struct Hold {
    Hold(const void* /*in_heap*/, T) {}
  };
};

// A cell that is one pointer.
struct PointerCell {
  static constexpr uint32_t kOffset = 0;
  static constexpr bool kPointer = true;
  static constexpr Type kType{
      .name = "reference", .size = sizeof(void*), .pointer_offsets = &kOffset, .pointer_count = 1};
};

template <typename T>
struct Cell<Member<T>> : PointerCell {
  using Argument = T*;
  static constexpr bool kMap = false;
  static_assert(sizeof(Member<T>) == sizeof(void*));

  static Argument load(const Member<T>& cell) { return cell.get(); }
  static void store(Member<T>& cell, T* value) { cell = value; }

  class Hold {
   public:
    Hold(const void* in_heap, T* value)
        : handle_(Heap::of(in_heap), const_cast<std::remove_const_t<T>*>(value)) {}

   private:
    RootHandle handle_;
  };
};

template <typename T>
inline constexpr bool kIsMember = false;
template <typename T>
inline constexpr bool kIsMember<Member<T>> = true;

// What maps hold: integers, references to collected objects and, as values, references to maps.
template <typename T>
concept MapCell = std::integral<T> || kIsMember<T>;

// Copies a key or value from one bucket to another.
inline void copy_cell(const Type& cell, void* target, const void* source) {
  if (cell.noscan()) {
    std::memcpy(target, source, cell.size);
  } else {
    Heap::store_range(cell, target, source, cell.size);
  }
}

// Makes a dead slot's key or value zero.
inline void wipe_cell(const Type& cell, void* target) {
  if (cell.noscan()) {
    std::memset(target, 0, cell.size);
  } else {
    Heap::clear_range(cell, target, cell.size);
  }
}

}  // namespace gcmap
