#include "harness/report/bucket_log.h"

namespace gcmap::harness {

void BucketLog::tell(uint64_t offset, const BucketContents& contents, JsonText& json) {
  BucketContents& told = told_[offset];
  if (told == contents) return;
  json.begin_array().number(offset);
  contents.link == BucketContents::kDangling ? json.raw("-1") : json.number(contents.link);
  for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
    if (contents.marks[slot] == told.marks[slot] && contents.keys[slot] == told.keys[slot] &&
        contents.values[slot] == told.values[slot])
      continue;
    json.number(slot).number(contents.marks[slot]);
    contents.keys[slot].write(json);
    contents.values[slot].write(json);
  }
  json.end_array();
  told = contents;
}

}  // namespace gcmap::harness
