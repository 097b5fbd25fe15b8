// Where specials are hung on objects, found and taken off again. The structure: alloc/special.h.
#pragma once

#include <cstdint>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/special.h"

namespace gcmap {

class Specials {
 public:
  explicit Specials(ObjectSpace& space) : space_(space) {}

  // The first special on a slot of a span; null when there is none.
  static Special* first(const Span& span, uint32_t slot) {
    return span.specials != nullptr ? span.specials[slot] : nullptr;
  }

  // The first special on the object at `object`, which is one; null when it has none.
  // Cost: O(1).
  Special* first_on(const void* object) const;

  // The special of that kind on the object at `object`, which is one; null when it has none.
  // Cost: O(specials of the object).
  Special* find(const void* object, Special::Kind kind) const;

  // Throws std::invalid_argument, naming `what` was asked, unless `object` is the start of a live object of
  // this heap that specials may hang on: arena objects have none.
  void require_object(const void* object, const char* what) const;

  // Hangs `special` on `object`.
  // Errors: std::bad_alloc, then nothing changed.
  // Cost: O(1).
  void attach(Special& special, void* object);

  // Takes it off.
  // Cost: O(specials of the object).
  void detach(Special& special) noexcept;

 private:
  Span& span_of(const void* object) const;

  ObjectSpace& space_;
};

}  // namespace gcmap
