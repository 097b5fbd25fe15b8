// Mutations about large objects, limits and scavenging.
#include "harness/mutate/pieces.h"

namespace gcmap::harness {

// Memory that is used, let go, perhaps returned to the system, and used again by objects of other sizes.
void mutate_memory(ProgramEditor& editor) {
  constexpr uint64_t kLargeCells = 2049;
  const uint64_t objects = 1 + editor.random.below(4);
  const auto cells = [&] { return kLargeCells + editor.random.below(4096 - kLargeCells); };
  Operations operations;
  if (editor.random.chance(1, 3)) operations.push_back(editor.generator.operation(OpKind::kSetLimit));
  if (editor.random.chance(1, 4)) operations.push_back(editor.generator.operation(OpKind::kSetSoftLimit));
  for (size_t root = 0; root < objects; ++root)
    operations.push_back(encode(NewOperands{.root = RootName(root), .cells = number(cells())}));
  if (editor.random.chance(1, 2)) operations.push_back(editor.generator.operation(OpKind::kPutRun));
  for (size_t root = 0; root < objects; ++root) {
    if (editor.random.chance(2, 3)) operations.push_back(encode(ReleaseOperands{.root = RootName(root)}));
  }
  if (editor.random.chance(1, 2)) {
    operations.push_back(encode(CollectOperands{}));
  } else {  // dead large objects that wait to be swept
    append(operations,
           {encode(StartOperands{}), encode(MarkOperands{.units = kAll}), encode(TerminateOperands{})});
  }
  if (editor.random.chance(3, 4)) operations.push_back(editor.generator.operation(OpKind::kScavenge));
  for (size_t root = 0; root < objects; ++root) {
    operations.push_back(encode(
        NewOperands{.root = RootName(root), .cells = number(editor.random.chance(1, 2) ? cells() : 2)}));
  }
  if (editor.random.chance(1, 2)) operations.push_back(encode(SetLimitOperands{.pages = 0}));
  operations.push_back(editor.generator.operation(OpKind::kPutRun));
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
