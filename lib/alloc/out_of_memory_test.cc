#include "gcmap/out_of_memory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <type_traits>

namespace gcmap {
namespace {

using Reason = OutOfMemory::Reason;

TEST(OutOfMemory, SaysWhatWasWantedAndWhatStandsAgainstIt) {
  const OutOfMemory limit(Reason::kHeapLimit, 16384, 8192);
  EXPECT_STREQ(limit.what(),
               "gcmap: 16384 bytes of pages wanted, which the heap's limit of 8192 bytes does not allow "
               "(HeapOptions::limit_bytes, Heap::set_limit)");
  const OutOfMemory range(Reason::kRangeFull, 16384, 1 << 20);
  EXPECT_STREQ(
      range.what(),
      "gcmap: 16384 bytes of pages wanted, for which the heap's address range of 1048576 bytes has no "
      "room (HeapOptions::range_bytes)");
  const OutOfMemory injected(Reason::kInjected, 144, 0);
  EXPECT_STREQ(injected.what(), "gcmap: 144 bytes wanted; Stepper::fail_allocation let it fail");
  const OutOfMemory refused(Reason::kSystemRefused, 1 << 20, 0, ENOMEM);
  EXPECT_EQ(refused.what(),
            "gcmap: the system refused to commit 1048576 bytes: " + std::string(std::strerror(ENOMEM)) +
                " (errno " + std::to_string(ENOMEM) + ")");
  const OutOfMemory overflow(Reason::kSizeOverflow, UINT64_MAX, 1 << 20);
  EXPECT_STREQ(
      overflow.what(),
      "gcmap: 18446744073709551615 or more bytes wanted, more than an address range of 1048576 bytes can "
      "ever hold");
}

TEST(OutOfMemory, NoTextIsCutShort) {
  for (const Reason reason : {Reason::kHeapLimit, Reason::kRangeFull, Reason::kSystemRefused,
                              Reason::kInjected, Reason::kSizeOverflow}) {
    const OutOfMemory error(reason, UINT64_MAX, UINT64_MAX, ENOMEM);
    EXPECT_LT(std::strlen(error.what()), 180u) << error.what();
    EXPECT_EQ(error.reason(), reason);
    EXPECT_EQ(error.wanted_bytes(), UINT64_MAX);
  }
}

TEST(OutOfMemory, IsABadAllocThatIsCopiedWithoutMemory) {
  static_assert(std::is_base_of_v<std::bad_alloc, OutOfMemory>);
  static_assert(std::is_nothrow_copy_constructible_v<OutOfMemory>);
  try {
    throw OutOfMemory(Reason::kInjected, 8, 0);
  } catch (const std::bad_alloc& error) {
    EXPECT_NE(std::strstr(error.what(), "8 bytes"), nullptr);
    return;
  }
}

}  // namespace
}  // namespace gcmap
