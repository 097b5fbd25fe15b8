// How the collector sees an object: its size and where its pointers are.
//
// A Type describes one element; an object is one element or an array of them. Pointer slots are given
// either as byte offsets (runs in the marker's inner loop) or by a trace function, for layouts that
// are not the same in every object. A type with neither is pointer-free ("noscan"): its objects live
// in spans the marker never reads. Slots hold null or a pointer to or into a live object; an interior
// pointer keeps the whole object alive, as in Go.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

// Receives the pointer slots of an object, one by one.
class SlotVisitor {
 public:
  virtual void visit(void* const* slot) = 0;

 protected:
  ~SlotVisitor() = default;
};

struct Type {
  // Calls visitor.visit for every pointer slot of the object at `object` that occupies `bytes`
  // requested bytes (type.size * count). Must not allocate. Large arrays are traced in pieces: `object`
  // may be any element and `bytes` any number of whole ones from there.
  using TraceFunction = void (*)(const Type& type, const void* object, size_t bytes, SlotVisitor& visitor);

  const char* name = "";
  size_t size = 0;                            // bytes of one element; 0 is allowed
  size_t alignment = 8;                       // power of two, at most 4096
  const uint32_t* pointer_offsets = nullptr;  // byte offsets of pointer slots in an element
  uint32_t pointer_count = 0;
  TraceFunction trace = nullptr;  // used instead of pointer_offsets when set

  bool noscan() const { return trace == nullptr && pointer_count == 0; }
};

// Calls visitor.visit for every pointer slot of an object of `bytes` requested bytes.
inline void visit_slots(const Type& type, const void* object, size_t bytes, SlotVisitor& visitor) {
  if (type.trace != nullptr) {
    type.trace(type, object, bytes, visitor);
    return;
  }
  if (type.pointer_count == 0) return;
  const char* const end = static_cast<const char*>(object) + bytes;
  for (const char* element = static_cast<const char*>(object); element < end; element += type.size) {
    for (uint32_t i = 0; i < type.pointer_count; ++i) {
      visitor.visit(reinterpret_cast<void* const*>(element + type.pointer_offsets[i]));
    }
  }
}

}  // namespace gcmap
