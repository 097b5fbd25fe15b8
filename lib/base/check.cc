#include "gcmap/internal/base/check.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "gcmap/internal/base/checked.h"

namespace gcmap {

const char internal::GCMAP_MODE_SYMBOL = 0;

void check_failed(const char* file, int line, const char* condition, const char* format, ...) {
  std::fprintf(stderr, "gcmap: check failed: %s\n  at %s:%d\n  ", condition, file, line);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gcmap
