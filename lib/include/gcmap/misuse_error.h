// MisuseError: a map was used in a way its contract forbids, and nothing happened.
//
// Thrown by a write to a nil map, and by a write to a map, or a loop over one being written to, from inside
// that map's own hash or equality. A write by another thread meanwhile is not thrown but ends the process.
#pragma once

#include <stdexcept>

namespace gcmap {

class MisuseError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace gcmap
