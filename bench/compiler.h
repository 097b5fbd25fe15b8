// What the programs of this folder were compiled with, as they report it.
#pragma once

namespace gcmap::bench {

#ifdef __clang__
inline constexpr const char* kCompiler = __VERSION__;
#else
inline constexpr const char* kCompiler = "GCC " __VERSION__;
#endif
inline constexpr const char* kFlags = GCMAP_BENCH_FLAGS;

}  // namespace gcmap::bench
