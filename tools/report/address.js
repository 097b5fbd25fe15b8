// Address: the part of a link behind the #, which names a step and a slot: "#after=4&slot=16384.0".
//
// after=4 is the state operation 4 left, after=begin the first one, at=end the checks at the end, at=7 the
// operation 7 that never came back.

export function addressOf(recording, index, selected) {
  const { operation, kind } = recording.positions[index];
  const step = kind === "end" ? "at=end" : kind === "lost" ? `at=${operation}` : `after=${operation ?? "begin"}`;
  return `#${step}${selected ? `&slot=${selected}` : ""}`;
}

// {index, selected}: null where the address says nothing, or names what is not there.
export function readAddress(recording, hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const [after, at, slot] = ["after", "at", "slot"].map((name) => words.get(name));
  const index = recording.positions.findIndex(({ operation, kind }) => {
    if (at !== null) return kind === "end" ? at === "end" : kind === "lost" && at === String(operation);
    return kind === "state" && after === String(operation ?? "begin");
  });
  return { index: index < 0 ? null : index, selected: /^\d+\.[0-7]$/.test(slot ?? "") ? slot : null };
}
