// Handles: how C++ code holds collected objects.
//
//   Root<T>    from anywhere outside the heap; may outlive scopes, copyable and movable
//   Local<T>   the same for a scope: cheaper to read about, not movable
//   Member<T>  a field of a collected object; carries the write barrier
//
// The names follow V8's cppgc where the concepts agree. A raw T* never lives across a call that may
// allocate. Root scanning is stepped, so creating, copying, assigning or moving a Root or Local while
// marking shades its value. A handle belongs to the mutator that was current when it was made (Heap::enter)
// and may be used and destroyed while any other is.
//
// A collected class T is made by make<T>(heap, args...). It either has
//   void trace(gcmap::Visitor& visitor) const   that calls visitor.trace(member) for every Member, or
//   no trace member and no Member fields: then it is pointer-free (noscan), and trivially copyable or says
//   static constexpr bool kPointerFree = true.
// A class that inherits trace and adds Members writes its own, which calls the inherited one.
// T is trivially destructible: destructors never run.
#pragma once

#include <concepts>
#include <new>
#include <type_traits>
#include <utility>

#include "gcmap/heap.h"
#include "gcmap/internal/alloc/size_class.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/roots.h"

namespace gcmap {

template <typename T>
class Member;
class String;
template <typename T>
class WeakMember;

// Passed to trace methods.
class Visitor {
 public:
  explicit Visitor(SlotVisitor& slots) : slots_(slots) {}

  template <typename T>
  void trace(const Member<T>& member) {
    slots_.visit(member.slot());
  }
  template <typename T>
  void trace(const WeakMember<T>& member) {
    member.trace(*this);
  }
  template <std::same_as<String> T>
  void trace(const T& string) {
    slots_.visit(string.slot());
  }

 private:
  SlotVisitor& slots_;
};

// An untyped rooted pointer: the base of Root and Local, and what type-erased code uses.
class RootHandle : private RootSlot {
 public:
  RootHandle() = default;  // null, and of no heap yet
  explicit RootHandle(Heap& heap, void* value = nullptr) : heap_(&heap) {
    require_own(value);
    value_ = value;
    link(heap);
    HeapDoor::shade(heap, value);
  }
  RootHandle(const RootHandle& other) { *this = other; }
  ~RootHandle() { RootList::unlink(*this); }

  RootHandle& operator=(const RootHandle& other) {
    if (other.heap_ != nullptr) {
      bind(*other.heap_, other.value_);
    } else {
      release();
    }
    return *this;
  }

  // Roots `value`, of `heap`, whichever heap it was of before (G13).
  void bind(Heap& heap, void* value) {
    if (heap_ != &heap) {
      RootList::unlink(*this);
      link(heap);
      heap_ = &heap;
    }
    set(value);
  }

  // Lets go of value and heap.
  void release() {
    RootList::unlink(*this);
    heap_ = nullptr;
    value_ = nullptr;
  }

  void* get() const { return RootSlot::get(); }
  void set(void* value) {
    require_own(value);
    value_ = value;
    HeapDoor::shade(*heap_, value);
  }
  // Requires: of some heap.
  Heap& heap() const { return *heap_; }

 private:
  void require_own([[maybe_unused]] const void* value) const {
    GCMAP_USE_CHECK(value == nullptr || heap_->contains(value), HeapRangeHeader::kOtherHeap, value);
  }
  void link(Heap& heap) {
    [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap));
    HeapDoor::roots(heap).link(*this);
  }

  Heap* heap_ = nullptr;
};

// Meaning: a rooted T*, null or alive. Must be gone before its heap is.
// Cost: O(1), no allocation.
template <typename T>
class Root {
 public:
  explicit Root(Heap& heap, T* value = nullptr) : handle_(heap, to_void(value)) {}
  Root(const Root& other) : handle_(other.handle_.heap(), other.handle_.get()) {}
  Root& operator=(const Root& other) {
    GCMAP_CHECK(&handle_.heap() == &other.handle_.heap(),
                "a root cannot change its heap: both sides of = must be of one heap");
    handle_.set(other.handle_.get());
    return *this;
  }
  Root& operator=(T* value) {
    handle_.set(to_void(value));
    return *this;
  }

  T* get() const { return static_cast<T*>(handle_.get()); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  explicit operator bool() const { return get() != nullptr; }
  Heap& heap() const { return handle_.heap(); }

 private:
  static void* to_void(T* value) { return const_cast<std::remove_const_t<T>*>(value); }
  RootHandle handle_;
};

// Meaning: a Root for one scope.
template <typename T>
class Local : public Root<T> {
 public:
  using Root<T>::Root;
  using Root<T>::operator=;
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;
  static void* operator new(size_t) = delete;
};

// Meaning: a T* inside a collected object. Assigning passes the old and the new value to the write barrier.
// Requires: the Member itself lies in a heap.
template <typename T>
class Member {
 public:
  Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member& other) { return *this = other.get(); }
  Member& operator=(T* value) {
    Heap::store(&value_, const_cast<std::remove_const_t<T>*>(value));
    return *this;
  }

  T* get() const { return static_cast<T*>(value_); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  explicit operator bool() const { return value_ != nullptr; }
  friend bool operator==(const Member& a, const Member& b) { return a.value_ == b.value_; }
  void* const* slot() const { return &value_; }

 private:
  void* value_ = nullptr;
};

template <typename T>
concept Traceable = requires(const T& object, Visitor& visitor) {
  object.trace(visitor);
};

template <typename T>
concept TracedUnlessConst = requires(T& object, Visitor& visitor) {
  object.trace(visitor);
};

template <typename T>
concept SaysPointerFree = requires {
  requires T::kPointerFree;
};

// May the collector leave objects of T alone? A pair, which is never trivially copyable, may be asked part
// by part.
template <typename T>
inline constexpr bool kSeenWithoutTrace = SaysPointerFree<T> || std::is_trivially_copyable_v<T>;
template <typename A, typename B>
inline constexpr bool kSeenWithoutTrace<std::pair<A, B>> = kSeenWithoutTrace<A>&& kSeenWithoutTrace<B>;

// The collector's view of T, one object per type.
template <typename T>
const Type& type_of() {
  static_assert(
      Traceable<T> || TracedUnlessConst<T> || kSeenWithoutTrace<T>,
      "the collector would not see the Members of this class: write `void trace(gcmap::Visitor& v) const` "
      "with v.trace(member) for each, or, if it has none, `static constexpr bool kPointerFree = true`");
  static_assert(Traceable<T> || !TracedUnlessConst<T>,
                "trace() must be const, or the collector cannot call it");
  static_assert(std::is_trivially_destructible_v<T>, "collected objects die without a destructor call");
  static_assert(alignof(T) <= kAlignmentMax, "the heap aligns objects to at most 4096 bytes");
  static const Type type = [] {
    Type t;
    t.name = "object";
    t.size = sizeof(T);
    t.alignment = alignof(T);
    if constexpr (Traceable<T>) {
      t.trace = [](const Type& self, const void* object, size_t bytes, SlotVisitor& slots) {
        Visitor visitor(slots);
        const auto* element = static_cast<const T*>(object);
        for (size_t i = 0; i < bytes / self.size; ++i) element[i].trace(visitor);
      };
    }
    return t;
  }();
  return type;
}

// Allocates and constructs a T. The constructor must not allocate from the heap. Pointers to collected
// objects among the arguments are the caller's to root: the allocation before the constructor may collect.
// Errors: std::bad_alloc; what the constructor throws (the memory is then reclaimed by the next collection).
template <typename T, typename... Args>
T* make(Heap& heap, Args&&... args) {
  return new (heap.allocate(type_of<T>())) T(std::forward<Args>(args)...);
}

}  // namespace gcmap
