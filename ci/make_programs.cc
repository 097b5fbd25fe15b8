// Programs that are the same wherever generator, mutator and reducer are: of one seed, written to a folder.
// ci/compare_checkouts.py builds this one source against two checkouts, whose headers lie in different
// folders: compare_checkouts.cmake finds them and writes compared/headers.h.
//
//   make_programs FOLDER SEED COUNT
#include <compared/headers.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace gcmap::harness;

constexpr size_t kOperationsMax = 120;
constexpr uint64_t kMutationsMax = 8;  // of one program, each of several kinds
constexpr uint64_t kReducedEvery = 10;

Profile profile_of(uint64_t number) {
  return number % 2 == 0 ? Profile::kMap : Profile::kHeap;
}

// Half of the programs come as they are generated, a quarter mutated, a quarter crossed with the one before.
Program make_program(uint64_t seed, uint64_t number, const Program& before) {
  gcmap::Random random(gcmap::mix64(seed) + number);
  const Profile profile = profile_of(number);
  Program program = generate(random, kOperationsMax, {profile});
  if (number % 4 < 2) return program;
  if (number % 8 < 4) return crossover(program, before, random, kOperationsMax);
  const uint64_t mutations = 1 + random.below(kMutationsMax);
  for (uint64_t i = 0; i < mutations; ++i) mutate(program, random, kOperationsMax, {0, profile});
  return program;
}

// A bug that is none: it shows at an operation of one kind once half as many keys were named before as in the
// program to be reduced, and a certain operation of another kind.
struct Planted {
  OpKind late;
  OpKind early;
  uint64_t keys;

  explicit Planted(const Program& program) {
    const size_t size = program.operations.size();
    late = program.operations[size - 1 - size / 4].kind;
    early = program.operations[size / 3].kind;
    keys = named(program.operations) / 2;
  }

  static uint64_t named(const std::vector<Operation>& operations) {
    uint64_t count = 0;
    for (const Operation& operation : operations) count += keys_of(operation).count;
    return count;
  }

  Verdict operator()(const Program& program) const {
    uint64_t met = 0;
    bool begun = false;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      met += keys_of(operation).count;
      if (begun && met >= keys && single_of(operation.kind) == single_of(late)) {
        Verdict verdict;
        verdict.kind = VerdictKind::kBug;
        verdict.oracle = "PLANTED";
        verdict.operation = i;
        verdict.op = operation.kind;
        return verdict;
      }
      begun = begun || operation.kind == early;
    }
    return {};
  }
};

bool write(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

bool write_reduced(const std::string& path, const Program& program) {
  ReduceOptions options;
  options.run = Planted(program);
  options.executions_max = 3000;
  const ReduceResult result = reduce(program, options);
  return write(path, "# " + std::to_string(result.stats.executions) + " runs\n" + print(result.program));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: make_programs FOLDER SEED COUNT\n");
    return 2;
  }
  const std::string folder = argv[1];
  const uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  const uint64_t count = std::strtoull(argv[3], nullptr, 10);
  Program program;
  for (uint64_t number = 0; number < count; ++number) {
    program = make_program(seed, number, program);
    const std::string path =
        folder + "/" + (profile_of(number) == Profile::kMap ? "map-" : "heap-") + std::to_string(number);
    if (!write(path + ".txt", print(program)) ||
        (number % kReducedEvery < 2 && !write_reduced(path + "-reduced.txt", program))) {
      std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
      return 2;
    }
  }
  return 0;
}
