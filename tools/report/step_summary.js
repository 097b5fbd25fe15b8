// What a step was and what came of it, in a few lines.

import { element, counted } from "./dom.js";

export function stepSummary(recording, position) {
  const { state, operation, kind } = position;
  const failing = position === recording.positions[recording.failure];
  const text = kind === "end" ? "the checks at the end" : operation === null ? "the beginning" : recording.head.operations[operation];
  const answer = kind === "state" && operation !== null ? recording.answers.get(state) : "";
  const lines = [element("p", { class: "step" }, operation === null ? null : element("span", { class: "number" }, `operation ${operation}`),
                         element("code", {}, text), answer ? element("span", { class: "answer" }, `→ ${answer}`) : null)];
  if (failing) lines.push(element("p", { class: "verdict" }, element("strong", {}, recording.verdict.signature), ` ${recording.verdict.detail ?? ""}`));
  if (kind === "lost") lines.push(element("p", { class: "note" }, "It did not come back: this is the state it met."));
  const changes = kind === "state" && operation !== null ? changesOf(recording, state) : [];
  if (changes.length > 0) lines.push(element("p", { class: "changes" }, changes.join(" · ")));
  return lines;
}

function changesOf(recording, state) {
  const words = [];
  const slots = recording.changedSlots.get(state);
  for (const [id, map] of recording.all("maps", state)) {
    const before = recording.maps.get(id).at(state - 1);
    const name = recording.namesOf(id, state)[0] ?? `map #${id}`;
    if (!before) words.push(`${name} is new`);
    else {
      if (before.count !== map.count) words.push(`${name}: ${before.count} → ${map.count} entries`);
      if (before.growth === 0 && map.growth !== 0) words.push(`${name} begins to grow, B ${before.b} → ${map.b}`);
      else if (before.growth !== 0 && map.growth === 0) words.push(`${name} has grown`);
      else if (before.b !== map.b) words.push(`${name}: B ${before.b} → ${map.b}`);
    }
  }
  words.push(...namesChanged(recording, state));
  if (slots > 0) words.push(`${counted(slots, "slot")} changed`);
  const [heap, earlier] = [recording.heap.at(state), recording.heap.at(state - 1)];
  if (heap.phase !== earlier.phase) words.push(`collector: ${earlier.phase} → ${heap.phase}`);
  if (heap.cycles !== earlier.cycles) words.push(counted(heap.cycles - earlier.cycles, "collection") + " completed");
  if (heap.freed_objects !== earlier.freed_objects) words.push(counted(heap.freed_objects - earlier.freed_objects, "object") + " freed");
  if (words.length === 0) words.push("nothing changed that is shown here");
  return words;
}

// What became of iterators and of names.
function namesChanged(recording, state) {
  const words = [];
  for (const [table, begins, moves, ends] of [["iterators", "begins", "moves on", "is let go"], ["roots", "is set", "is set", "is let go"]]) {
    const [now, before] = [recording[table].at(state), recording[table].at(state - 1)];
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (JSON.stringify(now[name]) === JSON.stringify(before[name])) continue;
      words.push(`${name} ${name in now ? (name in before ? moves : begins) : ends}`);
    }
  }
  return words;
}
