// Where the random numbers of programs come from.
#include "harness/mutate/generate.h"

#include <algorithm>
#include <iterator>

#include "harness/mutate/forecast.h"
#include "harness/mutate/meeting.h"
#include "harness/program/boundaries.h"
#include "harness/program/cost.h"
#include "harness/program/map_kind.h"
#include "harness/program/operands.h"
#include "harness/program/typed_operands.h"

namespace gcmap::harness {
namespace {

// A full map, one entry less and one more; below those, what fills a bucket or two.
uint32_t growth_boundary(Random& random, size_t sizes) {
  const uint32_t choice = random.below(sizes + 2);
  if (choice >= sizes) return random.below(18);
  return kFullCounts[choice] + random.below(3) - 1;
}
constexpr uint32_t kMaskedKinds = 96;  // kinds of greater numbers are runs, and go with their single ones
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc)       \
  static_assert(number < kMaskedKinds || kind##Operands::kTraits.single != OpKind::kNop, \
                "op.def: " text                                                          \
                " is no run, and the swarm mask has no bit for it: harness/mutate/generate.cc");
#include "harness/program/op.def"
#undef OP
constexpr size_t kSmallSizes = 5;  // maps of up to 16 buckets: cheap enough to fill often

// 1, 2, 3, ... each half as likely as the one before; at most `greatest`.
uint32_t geometric(Random& random, uint32_t greatest) {
  uint32_t value = 1;
  while (value < greatest && random.chance(1, 2)) ++value;
  return value;
}

template <typename T, size_t n>
T pick(Random& random, const T (&values)[n]) {
  return values[random.below(n)];
}

void pick_swarm(Random& random, Profile profile, Config& config) {
  if (random.chance(1, 2)) return;
  const uint32_t out_of_eight = 1 + random.below(4);
  for (const OpInfo& op : all_ops()) {
    // A map that nothing is put into shows nothing, nor do roots that hold nothing.
    const bool needed = op.kind == OpKind::kPutRun || (op.kind == OpKind::kPut && random.chance(1, 2)) ||
                        (op.kind == OpKind::kNew && profile == Profile::kHeap);
    if (random.chance(out_of_eight, 8) && !needed) forbid(config, op.kind);
  }
}

uint32_t pick_pacing_n(Random& random) {
  return random.chance(3, 4) ? geometric(random, 255) : 1 + random.below(40);
}

// About maps half of the programs are on integers, about the heap most on references. The other kinds share
// what is left.
MapKind pick_kind(Random& random, bool heap) {
  constexpr MapKind kReferenceKinds[] = {MapKind::kU64Object, MapKind::kObjectU64, MapKind::kObjectObject,
                                         MapKind::kU64Map,    MapKind::kObjectStr, MapKind::kRefBoxRef,
                                         MapKind::kBoxRefRef};
  constexpr MapKind kOtherKinds[] = {MapKind::kStrU64, MapKind::kStrStr,   MapKind::kU64Str,
                                     MapKind::kBoxBox, MapKind::kLargeU64, MapKind::kU64None,
                                     MapKind::kU8U8,   MapKind::kU32U8,    MapKind::kF64U64};
  static_assert(1 + std::size(kReferenceKinds) + std::size(kOtherKinds) == kMapKinds);
  if (random.chance(heap ? 1 : 8, 16)) return MapKind::kU64;
  return random.chance(heap ? 3 : 2, 4) ? pick(random, kReferenceKinds) : pick(random, kOtherKinds);
}

// What maps hold, who uses the heap, and how rare the collector's rare paths are.
void generate_heap_config(Random& random, Profile profile, Config& config) {
  constexpr uint32_t kFew[] = {1, 1, 2, 4, 16};
  constexpr uint32_t kStacks[] = {0, 0, 1, 2, 8, 64};
  constexpr uint32_t kQuarantines[] = {0, 1, 4, 255};
  const bool heap = profile == Profile::kHeap;
  const auto rarely_in_maps = [&] { return random.chance(heap ? 2 : 1, 4); };
  config.kind = static_cast<uint32_t>(pick_kind(random, heap));
  if (random.chance(heap ? 3 : 1, 4)) config.mutators = random.chance(1, 8) ? 4 : 2 + random.below(2);
  if (rarely_in_maps()) config.piece_roots = pick(random, kFew);
  if (rarely_in_maps()) config.mark_stack = pick(random, kStacks);
  if (rarely_in_maps()) config.refill_sweeps = pick(random, kFew);
  if (rarely_in_maps()) config.quarantine = pick(random, kQuarantines);
  config.clobber = random.chance(1, 4);
  config.bypass_pools = random.chance(1, 16);
}

}  // namespace

uint64_t boundary_number(Random& random, uint64_t greatest) {
  uint64_t value = 0;
  const uint32_t choice = random.below(8);
  if (choice < 4) {
    value = growth_boundary(random, kSmallSizes);
  } else if (choice < 6) {
    value = growth_boundary(random, std::size(kFullCounts));
  } else {
    value = (uint64_t{1} << random.below(64)) + random.below(3) - 1;
  }
  if (value <= greatest) return value;
  return random.chance(1, 2) ? greatest : value % (greatest + 1);
}

uint32_t weight_of(const OpInfo& op, Profile profile) {
  return profile == Profile::kHeap ? op.heap_weight : op.weight;
}

Generator::Generator(Random& random, const Program& context, Profile profile)
    : random_(random), config_(context.config), profile_(profile) {
  for (const OpInfo& op : all_ops()) weight_total_ += allows(op.kind) ? weight_of(op, profile) : 0;
  for (const Operation& operation : context.operations) {
    const KeyRange keys = keys_of(operation);
    if (keys.count == 0) continue;
    keys_.push_back(static_cast<uint32_t>(keys.first));
    if (keys.count > 1) keys_.push_back(static_cast<uint32_t>(keys.first + random.below(keys.count)));
    if (has_operand(operation.kind, OperandKind::kHash))
      hashes_.push_back(get_operand(operation, OperandKind::kHash));
  }
}

bool is_forbidden(const Config& config, OpKind kind) {
  const auto number = static_cast<uint32_t>(kind);
  if (number >= kMaskedKinds) return is_forbidden(config, single_of(kind));
  return number < 64 ? (config.swarm >> number & 1) != 0 : (config.swarm_more >> (number - 64) & 1) != 0;
}

void forbid(Config& config, OpKind kind) {
  const auto number = static_cast<uint32_t>(kind);
  if (number < 64) {
    config.swarm |= uint64_t{1} << number;
  } else if (number < kMaskedKinds) {
    config.swarm_more |= uint32_t{1} << (number - 64);
  }
}

bool Generator::allows(OpKind kind) const {
  return !is_forbidden(config_, kind);
}

OpKind Generator::kind() {
  if (weight_total_ == 0) return OpKind::kPut;  // a mask that forbids everything
  uint32_t left = random_.below(weight_total_);
  for (const OpInfo& op : all_ops()) {
    const uint32_t weight = allows(op.kind) ? weight_of(op, profile_) : 0;
    if (left < weight) return op.kind;
    left -= weight;
  }
  return OpKind::kPut;
}

Operation Generator::operation() {
  return operation(kind());
}

Operation Generator::operation(OpKind kind) {
  Operation operation;
  operation.kind = kind;
  for (const OperandInfo& each : info_of(kind).operands) operation.set(each.field, operand(kind, each.kind));
  return operation;
}

// One operand to be drawn: the functions that the column `draw` of operand.def names.
class Generator::Draw {
 public:
  Draw(Generator& generator, OpKind op, OperandKind kind)
      : generator_(generator), random_(generator.random_), op_(op), range_(info_of(kind)) {}

  // Patterns. `chance` of `of`, or the other.
  uint64_t any() { return range_.least + random_.below(range_.greatest - range_.least + 1); }
  uint64_t few(uint32_t n) { return random_.chance(3, 4) ? random_.below(n) : any(); }
  uint64_t simplest_or_any(uint32_t chance, uint32_t of) {
    return random_.chance(chance, of) ? range_.simplest : any();
  }
  uint64_t simplest_or_geometric(uint32_t chance, uint32_t of) {
    return random_.chance(chance, of) ? range_.simplest
                                      : geometric(random_, static_cast<uint32_t>(range_.greatest));
  }
  uint64_t below_or_boundary(uint32_t chance, uint32_t of, uint32_t n) {
    return random_.chance(chance, of) ? random_.below(n) : boundary_number(random_, range_.greatest);
  }
  uint64_t greatest_or_boundary(uint32_t chance, uint32_t of) {
    return random_.chance(chance, of) ? range_.greatest : boundary_number(random_, range_.greatest);
  }
  uint64_t on(uint32_t chance, uint32_t of) { return random_.chance(chance, of) ? 1 : 0; }

  // Kinds that are drawn like no other.
  uint64_t map() { return random_.chance(generator_.profile_ == Profile::kHeap ? 1 : 3, 4) ? 0 : any(); }
  uint64_t key() {
    return info_of(op_).traits.entries == EntriesEffect::kMore ? generator_.fresh_key() : generator_.key();
  }
  uint64_t burst() { return generator_.burst(); }
  uint64_t many() {
    return random_.chance(15, 16) ? generator_.burst() : range_.greatest - random_.below(4096);
  }
  uint64_t hash() { return generator_.hash(); }
  uint64_t entries();
  uint64_t units();
  uint64_t hint();
  uint64_t cells();
  uint64_t arrival() { return random_.chance(7, 8) ? geometric(random_, 32) : 1 + random_.below(64); }
  uint64_t step();
  uint64_t nth() { return geometric(random_, 16); }
  uint64_t pages();

 private:
  Generator& generator_;
  Random& random_;
  OpKind op_;
  const OperandKindInfo& range_;
};

uint64_t Generator::Draw::entries() {
  const uint32_t choice = random_.below(8);
  if (choice < 4) return geometric(random_, 16);
  if (choice < 6) return 1 + random_.below(30);
  return range_.greatest;
}

uint64_t Generator::Draw::units() {
  const uint32_t choice = random_.below(8);
  if (choice < 4) return geometric(random_, 16);
  if (choice < 6) return uint64_t{1} << random_.below(8);
  return range_.greatest;
}

// Seldom for an array so large that passing over evacuated chains takes more than one step.
uint64_t Generator::Draw::hint() {
  if (random_.chance(1, 2)) return 0;
  if (random_.chance(1, 16)) return range_.greatest;
  return boundary_number(random_, random_.chance(7, 8) ? 512 : range_.greatest);
}

// Few links; sometimes an object that is marked in pieces, rarely one so large that it has a span of its own.
uint64_t Generator::Draw::cells() {
  constexpr uint32_t kLarge = 2049;
  const uint32_t choice = random_.below(32);
  if (choice < 24) return 2 + random_.below(6);
  if (choice < 30) return 2 + random_.below(254);
  if (choice < 31) return kLarge;
  return std::max(range_.least, boundary_number(random_, range_.greatest));
}

// Steps in the middle of an open cycle find more than whole collections.
uint64_t Generator::Draw::step() {
  constexpr CollectorStep kSteps[] = {
      CollectorStep::kStart,     CollectorStep::kMark,  CollectorStep::kMark,    CollectorStep::kMark,
      CollectorStep::kTerminate, CollectorStep::kSweep, CollectorStep::kCollect, CollectorStep::kScavenge};
  return static_cast<uint64_t>(pick(random_, kSteps));
}

uint64_t Generator::Draw::pages() {
  if (random_.chance(1, 3)) return 0;
  return random_.chance(3, 4) ? random_.below(64) : random_.below(512);
}

uint64_t Generator::operand(OpKind op, OperandKind kind) {
  Draw draw_one(*this, op, kind);
  switch (kind) {
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) \
  case OperandKind::kind:                                                              \
    return draw_one.draw;
#include "harness/program/operand.def"
#undef OPERAND
  }
  return 0;
}

uint32_t Generator::key() {
  if (keys_.empty() || random_.chance(1, 3)) return fresh_key();
  const uint32_t known = keys_[random_.below(keys_.size())];
  return random_.chance(3, 4) ? known
                              : static_cast<uint32_t>(std::min<uint64_t>(known + random_.below(10),
                                                                         greatest(OperandKind::kKey)));
}

uint32_t Generator::fresh_key() {
  return 1 + random_.below((uint64_t{1} << config_.key_bits) - 1);
}

uint32_t Generator::burst() {
  const uint32_t choice = random_.below(32);
  if (choice < 12) return 1 + random_.below(16);
  if (choice < 28) return std::max<uint32_t>(1, growth_boundary(random_, kSmallSizes));
  if (choice < 31) return 1 + random_.below(256);
  return static_cast<uint32_t>(
      std::max<uint64_t>(1, boundary_number(random_, greatest(OperandKind::kCount))));
}

uint64_t Generator::hash() {
  const uint64_t low = random_.below(8);
  switch (random_.below(6)) {
    case 0:
      return hashes_.empty() ? low : hashes_[random_.below(hashes_.size())];
    case 1:
      return low;
    case 2:
      return uint64_t{random_.below(8)} << 56 |
             low;  // the top bytes that the map's own marks use, and the next
    case 3:
      return uint64_t{random_.below(256)} << 56 | low;
    case 4:
      return uint64_t{1} << random_.below(64);
    default:
      return random_.next();
  }
}

Config generate_config(Random& random, const GenerateOptions& options) {
  constexpr uint32_t kCadences[] = {16, 16, 16, 16, 8, 32, 1, 0};
  constexpr uint32_t kPercents[] = {0, 1, 25, 50, 100, 100, 200, 1000};
  constexpr uint32_t kBuffers[] = {1, 2, 2, 3, 4, 8, 64, 255};
  constexpr uint32_t kSmallBuffers[] = {1, 1, 2, 2, 3, 4};
  const bool heap = options.profile == Profile::kHeap;
  Config config;
  if (random.chance(1, 2)) config.hash = random.below(5);
  config.hash_bits = random.below(7);
  config.cadence = pick(random, kCadences);
  if (random.chance(1, heap ? 6 : 2)) config.pacing = random.below(5);
  config.pacing_n = pick_pacing_n(random);
  config.gogc = pick(random, kPercents);
  config.barrier_buffer = heap ? pick(random, kSmallBuffers) : pick(random, kBuffers);
  config.piece = random.chance(1, 2) ? 8 : pick(random, kBuffers);
  config.key_bits = random.chance(7, 8) ? 3 + random.below(6) : 2 + random.below(23);
  config.seed = random.chance(1, 2) ? 0 : random.below(256);
  generate_heap_config(random, options.profile, config);
  pick_swarm(random, options.profile, config);
  return config;
}

Program generate(Random& random, size_t operations_max, const GenerateOptions& options) {
  Program program;
  program.config = generate_config(random, options);
  // Short programs are cheap and long ones reach far: every size class comes equally often.
  size_t size = operations_max;
  while (size > 8 && random.chance(1, 2)) size /= 2;
  size = 1 + random.below(size);
  Forecast forecast(program.config);
  while (program.operations.size() < size) {
    Generator generator(random, program, options.profile);
    std::vector<Operation> more;
    if (random.chance(3, 4)) {
      more = make_meeting(random, generator, forecast, program.config,
                          {.profile = options.profile,
                           .kind_weight = options.kind_weight,
                           .adapts = program.operations.empty()});
    } else {
      more = {generator.operation()};
      forecast.step(more.front());
    }
    program.operations.insert(program.operations.end(), more.begin(), more.end());
  }
  program.operations.resize(size);
  bound_cost(program);
  return program;
}

}  // namespace gcmap::harness
