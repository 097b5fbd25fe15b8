// Mutations about maps that hold maps.
#include <algorithm>

#include "harness/mutate/maps/pieces.h"

namespace gcmap::harness {

void mutate_map_of_maps(ProgramEditor& editor) {
  constexpr RootName kNode(0);
  const MapName outer(editor.random.below(4));
  const MapName inner((outer.index + 1 + editor.random.below(3)) % 4);
  const uint32_t key = number(any(editor, OpKind::kStoreMap, OperandKind::kKey));
  const bool of_maps = editor.program.config.kind == static_cast<uint32_t>(MapKind::kU64Map);
  const MapName holder = of_maps ? inner : outer;  // the map that takes the object
  Operations operations = {encode(NewOperands{.root = kNode, .cells = 2}),
                           encode(PutOperands{.map = outer, .key = key, .value = 1})};
  if (of_maps) {  // what was put is a map of objects; it is there twice
    append(operations, {encode(FetchMapOperands{.target = inner, .map = outer, .key = key}),
                        encode(StoreMapOperands{.map = outer, .key = key + 1, .target = inner})});
  }
  // The cycle: a map, perhaps a map in it, an object, the map again.
  append(operations, {encode(StoreOperands{.map = holder, .key = key, .source = kNode}),
                      encode(LinkMapOperands{.root = kNode, .link = 0, .map = outer})});
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  Operations cuts = {encode(DropOperands{.map = outer}), encode(DropOperands{.map = inner}),
                     encode(EraseOperands{.map = outer, .key = key}), encode(ReleaseOperands{.root = kNode})};
  for (size_t i = cuts.size(); i > 1; --i) std::swap(cuts[i - 1], cuts[editor.random.below(i)]);
  cuts.resize(1 + editor.random.below(cuts.size()));
  append(operations, cuts);
  if (editor.random.chance(1, 2))
    operations.push_back(encode(OpenOperands{.map = outer, .source = kNode, .link = 0}));
  append(operations, closed_cycle());
  append(operations,
         {encode(CollectOperands{}), encode(OpenOperands{.map = outer, .source = kNode, .link = 0}),
          encode(FetchMapOperands{.target = inner, .map = outer, .key = key + 1}),
          encode(FetchOperands{.root = kNode, .map = holder, .key = key})});
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
