// What must happen in some run: GCMAP_SOMETIMES(condition, "name") beside the code of a rare path.
//
// GCMAP_CHECK states what holds always, and says nothing of a path that is never taken. This states what
// holds at least once over many runs, and so what those runs must cover:
//
//   GCMAP_SOMETIMES(iterated, "a growth begins under a loop");
//
// Protocol, in builds with the CMake option GCMAP_REPORT_SOMETIMES:
//   1. every site is known from the start of a process, reached or not: its object is static, and another
//      static object beside it makes it known;
//   2. it is hit when its condition holds where it stands, be it before it is known;
//   3. at the end the process appends a line for each to the file that the environment variable
//      GCMAP_SOMETIMES_FILE names, if it is set: "hit <name>" or "missed <name>".
// Who runs many processes sums them up: a site that all of them missed is a path nobody has taken.
//
// In all other builds the condition is compiled and never evaluated: it must have no effects. Sites of one
// name are one site. A process that is killed, or ends by _exit, reports nothing.
#pragma once

#ifndef GCMAP_REPORT_SOMETIMES
#define GCMAP_REPORT_SOMETIMES 0
#endif

#if GCMAP_REPORT_SOMETIMES

#include <algorithm>
#include <atomic>
#include <cstddef>

#define GCMAP_SOMETIMES(condition, name)                           \
  do {                                                             \
    if (condition) ::gcmap::internal::SometimesNamed<name>::hit(); \
  } while (false)

namespace gcmap::internal {

// Lives until the process ends.
class SometimesSite {
 public:
  constexpr explicit SometimesSite(const char* name) : name_(name) {}
  SometimesSite(const SometimesSite&) = delete;
  SometimesSite& operator=(const SometimesSite&) = delete;

  void hit() {
    if (!hit_.load(std::memory_order_relaxed)) hit_.store(true, std::memory_order_relaxed);
  }

 private:
  friend class SometimesReport;
  const char* const name_;
  SometimesSite* next_ = nullptr;  // known before
  std::atomic<bool> hit_ = false;
};

// Makes a site known.
struct SometimesEntry {
  explicit SometimesEntry(SometimesSite& site);
};

// A string literal as a template argument.
template <size_t kBytes>
struct SiteName {
  constexpr SiteName(const char (&literal)[kBytes]) { std::copy_n(literal, kBytes, text); }
  char text[kBytes];
};

template <SiteName kName>
struct SometimesNamed {
  // Initialized before any code runs: static objects whose turn comes earlier may hit it.
  static constinit inline SometimesSite site{kName.text};
  static inline SometimesEntry entry{site};

  static void hit() {
    static_cast<void>(&entry);  // without a use it would never be made
    site.hit();
  }
};

}  // namespace gcmap::internal

#else

#define GCMAP_SOMETIMES(condition, name)            \
  do {                                              \
    static_cast<void>(sizeof((condition) ? 1 : 0)); \
  } while (false)

#endif
