// Objects and roots: it must be noticed when a link or a handle is not what was set.
#include "harness/run/objects/objects.h"

#include <gtest/gtest.h>

#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

Node* node_in(TestFamilies& families, size_t root) {
  return static_cast<Node*>(families.root(RootName(root)).handle->get());
}

TEST(Objects, ALinkToAnotherObjectIsMD) {
  TestFamilies families(config_of(MapKind::kU64));
  for (size_t root = 0; root < 3; ++root) families.run(NewOperands{RootName(root), 2});
  families.run(LinkOperands{r0, 0, r1});
  node_in(families, 0)->set_link(0, node_in(families, 2));
  EXPECT_EQ(oracle_of([&] { families.run(LoadOperands{r3, r0, 0}); }), "MD");
}

TEST(Objects, AStorePastTheBarrierIsG9) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  Stepper(families.heap()).start();
  node_in(families, 0)->link = node_in(families, 1);
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G9");
}

TEST(Objects, AHandleThatTakesUnshadedIsG9) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  Stepper(families.heap()).start();
  EXPECT_EQ(oracle_of([&] { families.run(CopyOperands{r1, r0}); }), "");
  families.check_quickly();
  Stepper(families.heap()).set_event_sink(nullptr);  // from here on nobody hears of a shade
  EXPECT_EQ(oracle_of([&] {
              families.run(CopyOperands{r2, r0});
            }),
            "G9")
      << "the shade of an operation before does not count";
}

}  // namespace
}  // namespace gcmap::harness
