// Checked builds: what the library's user got wrong is said at once, not where it shows two
// collections later.
//
// GCMAP_CHECKED is 1 or 0: the CMake option of this name, which the package's targets pass on.
// GCMAP_USE_CHECK(condition, ...) is GCMAP_CHECK in checked builds and nothing in others.
//
// Looked for: pointers of another heap or of none, Members outside a heap, two threads in one heap, cursors
// kept across a write. Behaviour is otherwise the same: same addresses, same structure, same statistics (G8).
//
// Some classes are larger in checked builds, so a program is checked or it is not. Every file that includes
// the library asks for a symbol that only a library of its own mode has: mixing the two does not link, and
// the linker's message is the symbol's name.
#pragma once

#include "gcmap/internal/base/check.h"

#ifndef GCMAP_CHECKED
#define GCMAP_CHECKED 0
#endif

#if GCMAP_CHECKED
#define GCMAP_USE_CHECK(condition, ...) GCMAP_CHECK(condition, __VA_ARGS__)
#define GCMAP_MODE_SYMBOL this_program_mixes_checked_and_unchecked_gcmap__this_file_is_checked
#else
#define GCMAP_USE_CHECK(condition, ...) \
  do {                                  \
  } while (false)
#define GCMAP_MODE_SYMBOL this_program_mixes_checked_and_unchecked_gcmap__this_file_is_unchecked
#endif

namespace gcmap::internal {

#if defined(__has_cpp_attribute) && __has_cpp_attribute(gnu::retain)
#define GCMAP_RETAIN gnu::retain,  // also where the linker collects what nobody refers to
#else
#define GCMAP_RETAIN
#endif

extern const char GCMAP_MODE_SYMBOL;
[[ GCMAP_RETAIN maybe_unused, gnu::used ]] static const char* const asks_for_mode = &GCMAP_MODE_SYMBOL;

}  // namespace gcmap::internal
