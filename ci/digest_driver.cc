// Prints one line per program: its digest and its name, or what went wrong. Built by several compilers, whose
// outputs must be equal (G8, ci/digests.py).
#include <cinttypes>
#include <cstdio>

#include "harness/program/load.h"
#include "harness/run/interpreter.h"

int main(int argc, char** argv) {
  using namespace gcmap::harness;
  int exit_code = 0;
  for (int i = 1; i < argc; ++i) {
    const LoadResult loaded = load_program(argv[i]);
    if (!loaded.program) {
      std::fprintf(stderr, "%s\n", loaded.error.c_str());
      return 2;
    }
    const Verdict verdict = run(*loaded.program);
    if (verdict.failed()) {
      std::printf("%s: %s %s\n", verdict.signature().c_str(), verdict.detail.c_str(), argv[i]);
      exit_code = 1;
    } else {
      std::printf("%016" PRIx64 " %s\n", verdict.digest, argv[i]);
    }
  }
  return exit_code;
}
