// What roots are handed to while they are scanned: the marker, as far as lifetimes know it.
#pragma once

#include <cstdint>

namespace gcmap {

class RootMarker {
 public:
  // Marks the object that contains `address` and makes it grey if it may hold pointers.
  virtual void shade(const void* address) noexcept = 0;

  // Scans a piece of an object, the first one 0, without marking it.
  // Returns whether it was the last.
  virtual bool scan_unmarked(const void* object, uint32_t piece) noexcept = 0;

 protected:
  ~RootMarker() = default;
};

}  // namespace gcmap
