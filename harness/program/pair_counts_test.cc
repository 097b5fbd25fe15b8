// Pairs: which can be, what is counted, how rare it is, and what is printed.
#include "harness/program/pair_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace gcmap::harness {
namespace {

std::vector<std::string> aspects(OpKind kind) {
  std::vector<std::string> words;
  for (const Aspect& aspect : aspects_of(kind))
    words.push_back(std::string(aspect.name) + ":" + std::string(word_of(aspect.subject)));
  return words;
}

TEST(AbstractState, AnOperationIsAboutWhatItsRowNames) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(aspects(OpKind::kPut), (Words{"map:map"}));
  EXPECT_EQ(aspects(OpKind::kClone), (Words{"target:map", "map:map"}));
  EXPECT_EQ(aspects(OpKind::kIterate), (Words{"map:map", "iterator:iterator"}));
  EXPECT_EQ(aspects(OpKind::kLink), (Words{"root:root", "source:root"}));
  EXPECT_EQ(aspects(OpKind::kStore), (Words{"map:map", "source:root"}));
  EXPECT_EQ(aspects(OpKind::kPoolPut), (Words{"root:root", "pool:pool", "arena:arena"}));
  EXPECT_EQ(aspects(OpKind::kCollect), (Words{"pool:pool", "arena:arena"})) << "it names nothing";
  EXPECT_EQ(aspects(OpKind::kNop), (Words{}));
}

TEST(AbstractState, EveryStateHasWordsOfItsOwn) {
  const size_t possible[] = {51, 27, 21, 9, 9};
  for (const Subject subject : kSubjects) {
    std::set<std::string> words;
    size_t count = 0;
    for (size_t state = 0; state < state_count(subject); ++state) {
      words.insert(words_of(subject, state));
      count += is_possible(subject, state);
    }
    EXPECT_EQ(words.size(), state_count(subject)) << word_of(subject);
    EXPECT_EQ(count, possible[static_cast<size_t>(subject)]) << word_of(subject);
  }
  const size_t iterated = state_of_map(MapShape::kDoubling, true, Phase::kMark);
  EXPECT_EQ(words_of(Subject::kMap, iterated), "doubling.iterated.mark");
  EXPECT_TRUE(is_possible(Subject::kMap, iterated));
  const size_t absent = state_of_map(MapShape::kAbsent, true, Phase::kIdle);
  EXPECT_FALSE(is_possible(Subject::kMap, absent)) << "no iterator stands on what is not there";
  const size_t unwatched = state_of_map(MapShape::kBuckets, false, Phase::kIdle);
  EXPECT_FALSE(is_possible(Subject::kIterator, unwatched)) << "the iterator itself stands there";
  EXPECT_EQ(words_of(Subject::kRoot, state_of_root(RootContent::kFinalizer, Phase::kSweep)),
            "finalizer.sweep");
  EXPECT_EQ(words_of(Subject::kPool, state_of_fill(Fill::kBoundary, Phase::kIdle)), "boundary.idle");
}

TEST(PairCounts, FavourWhatIsRare) {
  const auto counts = std::make_unique<PairCounts>();
  const auto weight = [&] { return counts->weight(OpKind::kPut, OpKind::kGet); };
  EXPECT_EQ(weight(), PairCounts::kWeightMax);
  counts->count(OpKind::kPut, OpKind::kGet);
  EXPECT_EQ(weight(), PairCounts::kWeightMax / 2);
  counts->count(OpKind::kPut, OpKind::kGet);
  EXPECT_EQ(weight(), PairCounts::kWeightMax / 4);
  EXPECT_EQ(counts->weight(OpKind::kGet, OpKind::kPut), PairCounts::kWeightMax) << "the order matters";
  for (int i = 0; i < 100'000; ++i) counts->count(OpKind::kPut, OpKind::kGet);
  EXPECT_EQ(weight(), 1u);
}

TEST(PairCounts, AnOperationIsAsRareAsTheRarestStateItMeets) {
  const auto counts = std::make_unique<PairCounts>();
  const StatesBefore often = {1, 2};
  for (int i = 0; i < 4; ++i) counts->count(OpKind::kLink, often);
  EXPECT_EQ(counts->weight(OpKind::kLink, often), PairCounts::kWeightMax / 8);
  EXPECT_EQ(counts->weight(OpKind::kLink, {1, 3}), PairCounts::kWeightMax) << "its source is new";
  EXPECT_EQ(counts->weight(OpKind::kNop, StatesBefore{}), 1u) << "it meets nothing";
}

TEST(PairCounts, LinesHaveACountForEachThatCanBe) {
  const auto counts = std::make_unique<PairCounts>();
  StatesBefore states = {};
  states[1] = static_cast<uint8_t>(state_of_root(RootContent::kEmpty, Phase::kMark));
  counts->count(OpKind::kRelease, {states[1]});
  counts->count(OpKind::kRelease, {states[1]});
  counts->count(OpKind::kLink, states);
  counts->count(OpKind::kNew, OpKind::kRelease);
  const std::string lines = lines_of(*counts);
  using testing::HasSubstr;
  EXPECT_THAT(lines, HasSubstr("gcmap-states pool empty.idle empty.mark empty.sweep partly.idle"));
  EXPECT_THAT(lines, HasSubstr("gcmap-states map absent.idle absent.mark absent.sweep doubling.idle"));
  EXPECT_THAT(lines, HasSubstr("gcmap-states iterator absent.idle absent.mark absent.sweep "
                               "doubling.iterated.idle"));
  EXPECT_THAT(lines, HasSubstr("gcmap-met release root root 0 2 0 0"));
  EXPECT_THAT(lines, HasSubstr("gcmap-met link root root 1 0 0 0"));
  EXPECT_THAT(lines, HasSubstr("gcmap-met link source root 0 1 0 0"));
  EXPECT_THAT(lines, HasSubstr("gcmap-operations make drop put"));
  EXPECT_THAT(lines, HasSubstr("gcmap-neighbours start - - -")) << "it names nothing that a map has";
  EXPECT_THAT(lines, HasSubstr("gcmap-neighbours make 0 0 0"));
  EXPECT_THAT(lines, testing::ContainsRegex("gcmap-neighbours new [-0 ]* 1 "));
  EXPECT_TRUE(lines.ends_with("\n"));
}

}  // namespace
}  // namespace gcmap::harness
