// Prints one line per program: its digest and its name, or what went wrong. Built by several compilers, whose
// outputs must be equal (G8, ci/digests.py).
//
//   digests [--without-metadata] FILE...
//
// With --without-metadata a digest leaves out how large the heap's own descriptions are
// (HeapStats::metadata_bytes): a change of their layout changes nothing else.
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "harness/program/load.h"
#include "harness/run/interpreter.h"

int main(int argc, char** argv) {
  using namespace gcmap::harness;
  RunOptions options;
  int first = 1;
  if (first < argc && std::string_view(argv[first]) == "--without-metadata") {
    options.digest_metadata = false;
    ++first;
  }
  int exit_code = 0;
  for (int i = first; i < argc; ++i) {
    const LoadResult loaded = load_program(argv[i]);
    if (!loaded.program) {
      std::fprintf(stderr, "%s\n", loaded.error.c_str());
      return 2;
    }
    const Verdict verdict = run(*loaded.program, options);
    if (verdict.failed()) {
      std::printf("%s: %s %s\n", verdict.signature().c_str(), verdict.detail.c_str(), argv[i]);
      exit_code = 1;
    } else {
      std::printf("%016" PRIx64 " %s\n", verdict.digest, argv[i]);
    }
  }
  return exit_code;
}
