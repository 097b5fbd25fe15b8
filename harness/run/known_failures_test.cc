// Known failures are counted, and the smallest programs are kept.
#include "harness/run/known_failures.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "harness/program/output.h"

namespace gcmap::harness {
namespace {

class KnownFailuresTest : public testing::Test {
 protected:
  KnownFailuresTest() {
    std::filesystem::create_directory(home_);
    write_output(home_ + "/known.txt", std::string("# two bugs\n\nM3@put u64 \r\nMD@get str_u64\n"));
  }
  ~KnownFailuresTest() override { std::filesystem::remove_all(home_); }

  std::vector<uintmax_t> sizes_kept(const std::string& folder) const {
    std::vector<uintmax_t> sizes;
    for (const auto& file : std::filesystem::directory_iterator(home_ + "/kept/" + folder))
      sizes.push_back(file.file_size());
    std::sort(sizes.begin(), sizes.end());
    return sizes;
  }

  std::string home_ = testing::TempDir() + "known_failures_test." + std::to_string(getpid());
  KnownFailures known() { return KnownFailures(home_ + "/known.txt", home_ + "/kept"); }
};

TEST_F(KnownFailuresTest, OthersAreNotTaken) {
  KnownFailures one = known();
  const std::vector<uint8_t> program(7);
  EXPECT_FALSE(one.take("M3@put u8", program));
  EXPECT_FALSE(one.take("# two bugs", program));
  EXPECT_EQ(one.lines(), "");
  EXPECT_FALSE(KnownFailures("/nonexistent", home_).take("M3@put u64", program));
}

TEST_F(KnownFailuresTest, TheSmallestFiveAreKept) {
  KnownFailures one = known();
  for (const size_t bytes : {90u, 20u, 80u, 70u, 60u, 50u, 95u, 40u}) {
    EXPECT_TRUE(one.take("M3@put u64", std::vector<uint8_t>(bytes, 1)));
  }
  EXPECT_EQ(sizes_kept("M3-put-u64"), (std::vector<uintmax_t>{20, 40, 50, 60, 70}));
  EXPECT_EQ(one.lines(), "gcmap-known count=8 smallest=20 M3@put u64\n");
}

TEST_F(KnownFailuresTest, TheSameProgramIsKeptOnce) {
  KnownFailures one = known();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(one.take("MD@get str_u64", std::vector<uint8_t>(9, 2)));
  EXPECT_EQ(sizes_kept("MD-get-str-u64").size(), 1u);
}

TEST_F(KnownFailuresTest, NewsComeAsOftenAsTheCountDoubles) {
  KnownFailures one = known();
  std::string said;
  for (int i = 0; i < 5; ++i) {
    one.take("M3@put u64", std::vector<uint8_t>(8, static_cast<uint8_t>(i)));
    said += one.news("M3@put u64");
  }
  EXPECT_EQ(said,
            "gcmap-known count=1 smallest=8 M3@put u64\ngcmap-known count=2 smallest=8 M3@put u64\n"
            "gcmap-known count=4 smallest=8 M3@put u64\n");
}

}  // namespace
}  // namespace gcmap::harness
