// Assertions in tiers.
//
//   GCMAP_CHECK(condition, format, ...)   always on: a broken invariant the program must not survive
//   GCMAP_DCHECK(condition, format, ...)  on unless NDEBUG is set
//
// The message is printf-style, names the values and the likely cause, and ends the process by abort().
#pragma once

namespace gcmap {

[[noreturn]] __attribute__((format(printf, 4, 5), cold)) void check_failed(const char* file, int line,
                                                                           const char* condition,
                                                                           const char* format, ...);

}  // namespace gcmap

#define GCMAP_CHECK(condition, ...)                                       \
  do {                                                                    \
    if (!(condition)) [[unlikely]]                                        \
      ::gcmap::check_failed(__FILE__, __LINE__, #condition, __VA_ARGS__); \
  } while (false)

#ifdef NDEBUG
#define GCMAP_DCHECK(condition, ...) \
  do {                               \
  } while (false)
#else
#define GCMAP_DCHECK(condition, ...) GCMAP_CHECK(condition, __VA_ARGS__)
#endif
