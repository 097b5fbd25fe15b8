// Cells: how a key or a value lies in a bucket, and how it gets there.
//
//   key or value              in the bucket            handed over as      stored by
//   trivially copyable        itself                   T                   assignment
//   .. with References<T>     itself                   T                   HeapDoor::store_range
//   .. over 128 bytes, or     a pointer to a box       const T&            Heap::store, then in the box
//      aligned to over 8
//   an empty class            nothing (values only)    T                   nothing
//   String                    pointer and length       std::string_view    Heap::store       (gcmap/string.h)
//   Member<T>                 one pointer              T*                  Heap::store
//   Member<Map<>>             one pointer              const Map&          Heap::store       (gcmap/map.h)
//
// Cell<T> is for code that knows the type, copy_cell and wipe_cell for code that knows a MapType. It says
//   Stored      what lies in the bucket: kType is its Type, size 0 if nothing does
//   Argument    how a T is handed over, hashed and compared
//   Reference   what a value is read and written through
//   kReflexive  does every T equal itself?
//   kReplaced   does an overwrite replace the stored key as well? (Go's needkeyupdate)
//   load        what is stored, as an Argument
//   object      what is stored, as a Reference
//   Hold        keeps an argument alive: what a caller hands over may be a pointer nobody else holds
//   Kept        of a key: a copy that lives outside the map, and can be made to hold another
//   Fresh       of a key: what a new cell needs. May allocate, so it comes before anything changes
//   Zero        of a value: the same, for a value nobody has given yet
//   Update      of a value: what overwrites a cell. May allocate
// and init and update store these; they cannot fail. kBox is the Type of the box, if there is one. Pointers
// are stored through the write barrier wherever they are stored: in a fresh slot, over another value, in
// evacuation, and when a slot is wiped.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"

namespace gcmap {

inline constexpr size_t kCellBytesMax = 128;  // what is larger is boxed; Go's bound

template <typename T>
struct Cell;

// Where a trivially copyable struct holds references to collected objects, as plain pointers. Specialize it
// for a struct to be used as key or value:
//
//   struct Edge { Node* to; double weight; };
//   template <> struct gcmap::References<Edge> { static constexpr uint32_t kOffsets[] = {offsetof(Edge, to)};
//   };
//
// In a map such a struct is read-only, since its pointers must pass the write barrier: it is replaced whole.
template <typename T>
struct References {};

template <typename T>
concept HoldsReferences = requires {
  References<T>::kOffsets;
};

// Types the map copies byte by byte.
template <typename T>
concept PlainCell = std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T> &&
                    !std::is_pointer_v<T> &&
                    !std::is_empty_v<T>;

// Those that lie in the bucket itself. A bucket is aligned to eight bytes.
template <typename T>
concept InlineCell = PlainCell<T> && sizeof(T) <= kCellBytesMax && alignof(T) <= alignof(void*);

// Of the parts of a cell that have nothing to do. `in_heap`: any address in the map's heap.
struct NothingToDo {
  NothingToDo() = default;
  template <typename... Arguments>
  explicit NothingToDo(const void* /*in_heap*/, const Arguments&...) {}
};

// The bytes of a T outside the heap.
template <typename T>
class PlainBytes {
 public:
  void set(const T& value) { std::memcpy(bytes_, static_cast<const void*>(&value), sizeof(T)); }
  const T& get() const { return *reinterpret_cast<const T*>(bytes_); }

 private:
  alignas(T) std::byte bytes_[sizeof(T)] = {};
};

// The collector's view of a plain T.
template <typename T>
constexpr Type plain_type(const char* name) {
  Type type{.name = name, .size = sizeof(T), .alignment = alignof(T)};
  if constexpr (HoldsReferences<T>) {
    type.pointer_offsets = References<T>::kOffsets;
    type.pointer_count = std::size(References<T>::kOffsets);
  }
  return type;
}

// Roots for what a plain T refers to.
template <typename T>
class ReferencesHeld {
 public:
  ReferencesHeld() = default;
  ReferencesHeld(Heap& heap, const T& value) { set(heap, value); }
  void set(Heap& heap, const T& value) {
    for (size_t i = 0; i < roots_.size(); ++i) roots_[i].bind(heap, reference(value, i));
  }

 private:
  static void* reference(const T& value, size_t i) {
    void* pointer;
    std::memcpy(&pointer, reinterpret_cast<const char*>(&value) + References<T>::kOffsets[i], sizeof pointer);
    return pointer;
  }

  std::array<RootHandle, std::size(References<T>::kOffsets)> roots_;
};

template <InlineCell T>
struct Cell<T> {
  using Stored = T;
  using Argument = T;
  using Reference = T&;
  static constexpr bool kMap = false;
  static constexpr bool kReflexive = !std::floating_point<T>;
  static constexpr bool kReplaced = std::floating_point<T>;
  static constexpr Type kType = plain_type<T>(std::floating_point<T> ? "float" : "value");

  static const T& load(const T& cell) { return cell; }
  static T& object(T& cell) { return cell; }

  using Hold = NothingToDo;
  using Zero = NothingToDo;
  struct Fresh {
    Fresh(const void* /*in_heap*/, const T& key) : value(key) {}
    T value;
  };
  using Update = Fresh;
  static void init(T& cell, const Fresh& fresh) { put(cell, fresh.value); }
  static void init(T&, Zero) {}
  static void update(T& cell, const Update& update) { put(cell, update.value); }

  class Kept {
   public:
    void set(Heap&, const T& cell) { key_.set(cell); }
    const T& get() const { return key_.get(); }

   private:
    PlainBytes<T> key_;
  };

 private:
  static void put(T& cell, const T& value) { std::memcpy(static_cast<void*>(&cell), &value, sizeof value); }
};

template <InlineCell T>
requires HoldsReferences<T>
struct Cell<T> {
  using Stored = T;
  using Argument = T;  // no reference: it might lead into an old bucket, which the write wipes
  using Reference = const T&;
  static constexpr bool kMap = false;
  static constexpr bool kReflexive = true;
  static constexpr bool kReplaced = false;
  static constexpr Type kType = plain_type<T>("struct");

  static const T& load(const T& cell) { return cell; }
  static const T& object(const T& cell) { return cell; }

  struct Hold {
    Hold(const void* in_heap, const T& argument) : value(argument), references(Heap::of(in_heap), argument) {}
    T value;
    ReferencesHeld<T> references;
  };
  using Fresh = Hold;
  using Update = Hold;
  using Zero = NothingToDo;
  static void init(T& cell, const Hold& fresh) {
    HeapDoor::store_range(kType, &cell, &fresh.value, sizeof cell);
  }
  static void init(T&, Zero) {}
  static void update(T& cell, const Hold& update) { init(cell, update); }

  class Kept {
   public:
    void set(Heap& heap, const T& cell) {
      key_.set(cell);
      references_.set(heap, cell);
    }
    const T& get() const { return key_.get(); }

   private:
    PlainBytes<T> key_;
    ReferencesHeld<T> references_;
  };
};

// Values without content take no room: all of them are one object.
template <typename T>
requires(std::is_empty_v<T>&& std::is_trivially_copyable_v<T>) struct Cell<T> {
  using Stored = T;
  using Argument = T;
  using Reference = T&;
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
requires(!InlineCell<T>) struct Cell<T> : PointerCell {
  using Stored = Box;
  using Argument = const T&;
  using Reference = std::conditional_t<HoldsReferences<T>, const T&, T&>;
  static constexpr bool kMap = false;
  static constexpr bool kReflexive = !std::floating_point<T>;  // long double
  static constexpr bool kReplaced = std::floating_point<T>;
  static constexpr Type kBox = plain_type<T>("box");

  static const T& load(const Box& cell) { return *static_cast<const T*>(cell.content); }
  static Reference object(const Box& cell) { return *static_cast<T*>(cell.content); }

  // An argument may lie in a box, but then in that of an entry: what it refers to is all that needs holding.
  struct HoldReferences {
    HoldReferences(const void* in_heap, const T& argument) : references(Heap::of(in_heap), argument) {}
    ReferencesHeld<T> references;
  };
  using Hold = std::conditional_t<HoldsReferences<T>, HoldReferences, NothingToDo>;
  struct Zero {
    explicit Zero(const void* in_heap) : box(Heap::of(in_heap), Heap::of(in_heap).allocate(kBox)) {}
    RootHandle box;
  };
  struct Fresh : Zero {
    Fresh(const void* in_heap, const T& key) : Zero(in_heap) { fill(this->box.get(), key); }
  };
  struct Update : Hold {
    Update(const void* in_heap, const T& argument) : Hold(in_heap, argument), value(argument) {}
    const T& value;
  };
  static void init(Box& cell, const Zero& zero) { Heap::store(&cell.content, zero.box.get()); }
  static void update(Box& cell, const Update& update) { fill(cell.content, update.value); }

  class Kept {
   public:
    void set(Heap& heap, const Box& cell) { box_.bind(heap, cell.content); }
    const T& get() const { return *static_cast<const T*>(box_.get()); }

   private:
    RootHandle box_;
  };

 private:
  static void fill(void* box, const T& value) {
    if constexpr (HoldsReferences<T>) {
      HeapDoor::store_range(kBox, box, &value, sizeof value);
    } else {
      std::memmove(box, &value, sizeof value);
    }
  }
};

template <typename T>
struct Cell<Member<T>> : PointerCell {
  using Stored = Member<T>;
  using Argument = T*;
  using Reference = Member<T>&;
  static constexpr bool kMap = false;
  static_assert(sizeof(Member<T>) == sizeof(void*));

  static T* load(const Member<T>& cell) { return cell.get(); }
  static Member<T>& object(Member<T>& cell) { return cell; }

  struct Hold {
    Hold(const void* in_heap, T* value) : handle(Heap::of(in_heap), to_void(value)) {}
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

  class Kept {
   public:
    void set(Heap& heap, const Member<T>& cell) { object_.bind(heap, to_void(cell.get())); }
    T* get() const { return static_cast<T*>(object_.get()); }

   private:
    RootHandle object_;
  };

 private:
  static void* to_void(T* object) { return const_cast<std::remove_const_t<T>*>(object); }
};

// What a map can hold.
template <typename T>
concept MapValue = requires {
  typename Cell<T>::Stored;
};
template <typename T>
concept MapKey = MapValue<T> && !Cell<T>::kMap && Cell<T>::kType.size != 0;

template <typename T>
inline constexpr bool kStandardString = false;
template <typename C, typename Traits, typename Allocator>
inline constexpr bool kStandardString<std::basic_string<C, Traits, Allocator>> = true;
template <>
inline constexpr bool kStandardString<const char*> = true;
template <>
inline constexpr bool kStandardString<char*> = true;

// What is said of a type that no map can hold.
template <typename T>
struct RequireStorable {
  static constexpr bool kIsPointer = std::is_pointer_v<T> && !kStandardString<T>;
  static_assert(!kStandardString<T>,
                "gcmap::Map cannot hold std::string or const char*: make it gcmap::String, which takes both");
  static_assert(
      !kIsPointer,
      "gcmap::Map cannot hold a plain pointer: make it gcmap::Member<T>, which keeps its object alive, or "
      "uintptr_t if it is only a number");
  static_assert(
      kStandardString<T> || kIsPointer || MapValue<T>,
      "gcmap::Map holds trivially copyable and destructible types, gcmap::String, gcmap::Member<T> and "
      "gcmap::Member<gcmap::Map<...>>, and this is none; a struct with Members inside belongs behind a "
      "gcmap::Member<T>");
};
template <typename T>
struct RequireStorableAsKey : RequireStorable<T> {
  static_assert(!MapValue<T> || MapKey<T>, "gcmap::Map: an empty class or a map can be a value and no key");
};

// Stand in for a refused type and its hash, so that the compiler says no more than the above.
template <typename T>
struct RefusedType {
  template <typename U>
  RefusedType(const U&) {}
  friend bool operator==(const RefusedType&, const RefusedType&) { return true; }
  char something;  // not empty
};
struct RefusedHash {
  template <typename Hash>
  RefusedHash(const Hash&) {}
  uint64_t operator()(const auto&) const { return 0; }
};
template <typename T>
using StorableValue = std::conditional_t<MapValue<T>, T, RefusedType<T>>;
template <typename T>
using StorableKey = std::conditional_t<MapKey<T>, T, RefusedType<T>>;

template <typename K, typename Hash>
using StorableHash = std::conditional_t<MapKey<K>, Hash, RefusedHash>;

template <typename K>
using DefaultEqual = std::equal_to<std::remove_cvref_t<typename Cell<StorableKey<K>>::Argument>>;

// Copies a key or value from one bucket to another.
inline void copy_cell(const Type& cell, void* target, const void* source) {
  if (cell.noscan()) {
    std::memcpy(target, source, cell.size);
  } else {
    HeapDoor::store_range(cell, target, source, cell.size);
  }
}

// Makes a dead slot's key or value zero.
inline void wipe_cell(const Type& cell, void* target) {
  if (cell.noscan()) {
    std::memset(target, 0, cell.size);
  } else {
    HeapDoor::clear_range(cell, target, cell.size);
  }
}

}  // namespace gcmap
