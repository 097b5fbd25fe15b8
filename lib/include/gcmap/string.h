// String: an immutable string of bytes in a collected heap.
//
//   struct Person { gcmap::String name; void trace(gcmap::Visitor& v) const { v.trace(name); } };
//   gcmap::Local<Person> p(heap, gcmap::make<Person>(heap));
//   p->name = "Ada";                                   // copies the bytes into the heap
//   gcmap::Map<gcmap::String, uint64_t> ages(heap);
//   ages[p->name] = 36;                                // any std::string_view will do
//
// Layout: pointer to the bytes, length; 16 bytes, Go's string. The empty string has no bytes. Several Strings
// may share their bytes; nobody changes them.
//
// A String is a field of a collected object, or a key or value of a map. What it hands out, a view, keeps
// nothing alive: it is good as long as the bytes are. Pass no view of bytes nothing else keeps alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "gcmap/handles.h"
#include "gcmap/internal/base/hash_bytes.h"
#include "gcmap/internal/map/cell.h"

namespace gcmap {

// Of the bytes of Strings.
inline constexpr Type kStringBytes{.name = "string", .size = 1, .alignment = 1};

class String {
 public:
  String() = default;
  String(const String&) = delete;

  // Copies the bytes into the heap the String lies in.
  // Errors: std::bad_alloc, nothing changed.
  String& operator=(std::string_view text) { return set(copy(Heap::of(this), text), text.size()); }
  String& operator=(const char* text) { return *this = std::string_view(text); }

  // Shares the bytes.
  // Requires: both lie in one heap.
  String& operator=(const String& other) { return set(other.bytes_, other.size_); }

  std::string_view view() const { return {static_cast<const char*>(bytes_), size_}; }
  operator std::string_view() const { return view(); }
  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  friend bool operator==(const String& a, std::string_view b) { return a.view() == b; }
  friend bool operator==(const String& a, const String& b) { return a.view() == b.view(); }

  void* const* slot() const { return &bytes_; }

 private:
  friend struct Cell<String>;

  // Returns them unrooted.
  static void* copy(Heap& heap, std::string_view text) {
    if (text.empty()) return nullptr;
    return std::memcpy(heap.allocate(kStringBytes, text.size()), text.data(), text.size());
  }

  String& set(void* bytes, uint64_t size) {
    Heap::store(&bytes_, bytes);
    size_ = size;
    return *this;
  }

  void* bytes_ = nullptr;
  uint64_t size_ = 0;
};
static_assert(sizeof(String) == 16);

template <>
struct Cell<String> {
  using Stored = String;
  using Argument = std::string_view;
  using Reference = String&;
  static constexpr bool kMap = false;
  static constexpr bool kReflexive = true;
  static constexpr bool kReplaced = false;
  static constexpr Type kType{
      .name = "string", .size = sizeof(String), .pointer_offsets = kPointerFirst, .pointer_count = 1};

  static std::string_view load(const String& cell) { return cell.view(); }
  static String& object(String& cell) { return cell; }

  using Hold = NothingToDo;
  using Zero = NothingToDo;
  struct Fresh {
    Fresh(const void* in_heap, std::string_view text)
        : bytes(Heap::of(in_heap), String::copy(Heap::of(in_heap), text)), size(text.size()) {}
    RootHandle bytes;
    uint64_t size;
  };
  using Update = Fresh;
  static void init(String& cell, const Fresh& fresh) { cell.set(fresh.bytes.get(), fresh.size); }
  static void init(String&, Zero) {}
  static void update(String& cell, const Update& update) { init(cell, update); }

  class Kept {
   public:
    void set(Heap& heap, const String& cell) {
      bytes_.bind(heap, cell.bytes_);
      size_ = cell.size_;
    }
    std::string_view get() const { return {static_cast<const char*>(bytes_.get()), size_}; }

   private:
    RootHandle bytes_;
    uint64_t size_ = 0;
  };
};

}  // namespace gcmap
