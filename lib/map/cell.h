// Cells: how a key or a value lies in a bucket, and how it gets there.
//
//   key or value              in the bucket            handed over as      stored by
//   trivially copyable        itself                   T                   assignment
//   the same, over 128 bytes  a pointer to a box       const T&            Heap::store, then in the box
//   an empty class            nothing (values only)    T                   nothing
//   String                    pointer and length       std::string_view    Heap::store       (gcmap/string.h)
//   Member<T>                 one pointer              T*                  Heap::store
//   Member<Map<>>             one pointer              const Map&          Heap::store       (gcmap/map.h)
//
// Cell<T> is for code that knows the type, copy_cell and wipe_cell for code that knows a MapType. It says
//   Stored      what lies in the bucket: kType is its Type, size 0 if nothing does
//   Argument    how a T is handed over, hashed and compared
//   kReflexive  does every T equal itself?
//   kReplaced   does an overwrite replace the stored key as well? (Go's needkeyupdate)
//   load        what is stored, as an Argument
//   object      what is stored, as a T&
//   Hold        keeps an argument alive: what a caller hands over may be a pointer nobody else holds
//   Fresh       of a key: what a new cell needs. May allocate, so it comes before anything changes
//   Zero        of a value: the same, for a value nobody has given yet
//   Update      of a value: what overwrites a cell. May allocate
// and init and update store these; they cannot fail. Pointers are stored through the write barrier wherever
// they are stored: in a fresh slot, over another value, in evacuation, and when a slot is wiped.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "gcmap/handles.h"

namespace gcmap {

inline constexpr size_t kCellBytesMax = 128;  // what is larger is boxed; Go's bound

template <typename T>
struct Cell;

// Types the map copies byte by byte and the collector does not look into.
template <typename T>
concept PlainCell =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T> && !std::is_pointer_v<T> &&
    !std::is_empty_v<T> && alignof(T) <= alignof(void*);

// Of the parts of a cell that have nothing to do. `in_heap`: any address in the map's heap.
struct NothingToDo {
  NothingToDo() = default;
  template <typename... Arguments>
  explicit NothingToDo(const void* /*in_heap*/, const Arguments&...) {}
};

template <PlainCell T>
requires(sizeof(T) <= kCellBytesMax) struct Cell<T> {
  using Stored = T;
  using Argument = T;
  static constexpr bool kMap = false;
  static constexpr bool kReflexive = !std::floating_point<T>;
  static constexpr bool kReplaced = std::floating_point<T>;
  static constexpr Type kType{
      .name = std::floating_point<T> ? "float" : "value", .size = sizeof(T), .alignment = alignof(T)};

  static const T& load(const T& cell) { return cell; }
  static T& object(T& cell) { return cell; }

  using Hold = NothingToDo;
  using Zero = NothingToDo;
  struct Fresh {
    Fresh(const void* /*in_heap*/, const T& key) : value(key) {}
    T value;
  };
  using Update = Fresh;
  static void init(T& cell, const Fresh& fresh) { cell = fresh.value; }
  static void init(T&, Zero) {}
  static void update(T& cell, const Update& update) { cell = update.value; }
};

// Values without content take no room: all of them are one object.
template <typename T>
requires(std::is_empty_v<T>&& std::is_trivially_copyable_v<T>) struct Cell<T> {
  using Stored = T;
  using Argument = T;
  static constexpr bool kMap = false;
  static constexpr Type kType{.name = "nothing", .size = 0, .alignment = 1};

  static T& object(T&) {
    static T nothing{};
    return nothing;
  }

  using Hold = NothingToDo;
  using Zero = NothingToDo;
  using Update = NothingToDo;
  static void init(T&, Zero) {}
  static void update(T&, Update) {}
};

// Cells that begin with a pointer.
inline constexpr uint32_t kPointerFirst[] = {0};

// A cell that is one pointer.
struct PointerCell {
  static constexpr bool kReflexive = true;
  static constexpr bool kReplaced = false;
  static constexpr Type kType{
      .name = "reference", .size = sizeof(void*), .pointer_offsets = kPointerFirst, .pointer_count = 1};
};

// A pointer to an object of its own, made when the entry is and never shared: the box dies with its entry.
struct Box {
  void* content;
};

template <PlainCell T>
requires(sizeof(T) > kCellBytesMax) struct Cell<T> : PointerCell {
  using Stored = Box;
  using Argument = const T&;
  static constexpr bool kMap = false;

  static const T& load(const Box& cell) { return *static_cast<const T*>(cell.content); }
  static T& object(Box& cell) { return *static_cast<T*>(cell.content); }

  using Hold = NothingToDo;  // an argument may lie in a box, but then in that of an entry
  struct Zero {
    explicit Zero(const void* in_heap) : box(Heap::of(in_heap), Heap::of(in_heap).allocate(type_of<T>())) {}
    RootHandle box;
  };
  struct Fresh : Zero {
    Fresh(const void* in_heap, const T& key) : Zero(in_heap) {
      std::memcpy(this->box.get(), &key, sizeof key);
    }
  };
  struct Update {
    Update(const void* /*in_heap*/, const T& argument) : value(argument) {}
    const T& value;
  };
  static void init(Box& cell, const Zero& zero) { Heap::store(&cell.content, zero.box.get()); }
  static void update(Box& cell, const Update& update) {
    std::memmove(cell.content, &update.value, sizeof update.value);
  }
};

template <typename T>
struct Cell<Member<T>> : PointerCell {
  using Stored = Member<T>;
  using Argument = T*;
  static constexpr bool kMap = false;
  static_assert(sizeof(Member<T>) == sizeof(void*));

  static T* load(const Member<T>& cell) { return cell.get(); }
  static Member<T>& object(Member<T>& cell) { return cell; }

  struct Hold {
    Hold(const void* in_heap, T* value)
        : handle(Heap::of(in_heap), const_cast<std::remove_const_t<T>*>(value)) {}
    RootHandle handle;
  };
  struct Fresh {
    Fresh(const void* /*in_heap*/, T* held) : key(held) {}
    T* key;  // held by its Hold
  };
  using Zero = NothingToDo;
  using Update = Hold;
  static void init(Member<T>& cell, const Fresh& fresh) { cell = fresh.key; }
  static void init(Member<T>&, Zero) {}
  static void update(Member<T>& cell, const Update& update) { cell = static_cast<T*>(update.handle.get()); }
};

// What a map can hold.
template <typename T>
concept MapValue = requires {
  typename Cell<T>::Stored;
};
template <typename T>
concept MapKey = MapValue<T> && !Cell<T>::kMap && Cell<T>::kType.size != 0;

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
