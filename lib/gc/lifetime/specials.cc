#include "gcmap/internal/gc/lifetime/specials.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "gcmap/internal/base/check.h"

namespace gcmap {
namespace {

size_t array_bytes(const Span& span) {
  return span.slot_count * sizeof(Special*);
}

}  // namespace

Span& Specials::span_of(const void* object) const {
  Span* const span = space_.pages().index().span_of(object);
  GCMAP_CHECK(span != nullptr, "%p has a special and lies in no span", object);
  return *span;
}

Special* Specials::first_on(const void* object) const {
  const Span& span = span_of(object);
  return first(span, span.slot_of(object));
}

Special* Specials::find(const void* object, Special::Kind kind) const {
  Special* special = first_on(object);
  while (special != nullptr && special->kind != kind) special = special->next;
  return special;
}

void Specials::require_object(const void* object, const char* what) const {
  const auto refuse = [&](const char* why) {
    throw std::invalid_argument(std::string("gcmap: ") + what +
                                " wants the start of an object of this heap; " + why);
  };
  if (object == nullptr) refuse("this is a null pointer");
  const Span* const span = space_.pages().index().span_of(object);
  if (span == nullptr) refuse("no object of it is there");
  const uint32_t slot = span->slot_of(object);
  if (!space_.is_object(*span, slot)) refuse("no object of it is there");
  if (span->arena) refuse("this lies in an arena");
  if (span->slot_address(slot) != object) refuse("this points inside one");
}

void Specials::attach(Special& special, void* object) {
  GCMAP_CHECK(special.object == nullptr, "a special of %p is to hang on %p as well", special.object, object);
  Span& span = span_of(object);
  if (span.specials == nullptr) {
    void* const array = space_.metadata().allocate(array_bytes(span));
    std::memset(array, 0, array_bytes(span));
    span.give_special_lists(static_cast<Special**>(array));
  }
  special.object = object;
  span.attach(special, span.slot_of(object));
}

void Specials::detach(Special& special) noexcept {
  Span& span = span_of(special.object);
  GCMAP_CHECK(span.specials != nullptr, "%p has a special, and its span has none: taken off twice",
              special.object);
  Special** const lists = span.specials;
  const bool last = span.detach(special, span.slot_of(special.object));
  special.object = nullptr;
  if (last) space_.metadata().release(lists, array_bytes(span));
}

}  // namespace gcmap
