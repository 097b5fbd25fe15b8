// BucketGrid: chains of an array in full, a bucket a line, eight slots side by side.
//
// However long a chain is, at most BUCKETS_MAX of its buckets are drawn: its beginning, its end, and those where
// something is to be seen; what lies between is a line that says how many it leaves out.

import { element, counted } from "./dom.js";
import { stateOf, isLive, isEvacuated, inHex, inWords } from "./marks.js";
import { WHOLE_BUCKET } from "./recording.js";

const BUCKETS_MAX = 10;

export class BucketGrid {
  // `marked`: what is to be seen where, a slot being "bucket.slot": {failing: is this the failing position?,
  // failure, standing: {slot: names of iterators}, selected: slot}.
  constructor(recording, state, marked, onSelect) {
    Object.assign(this, { recording, state, marked, onSelect });
  }

  // The element for chains [first, end) of the array.
  draw(array, first, end) {
    const grid = element("div", { class: "grid", role: "grid", "aria-label": `${array.name} buckets ${first} to ${end - 1}`,
                                  onkeydown: moveFocus });
    grid.append(element("div", { class: "row head", "aria-hidden": "true" }, element("span", { class: "label" }),
                        [..."01234567"].map((slot) => element("span", {}, slot))));
    for (let chain = first; chain < end; ++chain) grid.append(...this.#chain(array, chain));
    const focusable = grid.querySelector(".slot.selected") ?? grid.querySelector(".slot");
    if (focusable) focusable.tabIndex = 0;
    return grid;
  }

  #chain(array, index) {
    const { buckets, end } = this.recording.chain(array, index, this.state);
    const lines = [];
    let skipped = 0;
    const shown = this.#shown(buckets);
    buckets.forEach((bucket, overflow) => {
      if (!shown.has(overflow)) {
        ++skipped;
        return;
      }
      if (skipped > 0) lines.push(leftOut(skipped));
      skipped = 0;
      lines.push(this.#bucket(array, index, bucket, overflow));
    });
    if (end) lines.push(element("div", { class: "row note broken" }, `the link of the last bucket is ${end}`));
    return lines;
  }

  #shown(buckets) {
    const shown = new Set([0, buckets.length - 1]);
    const seen = buckets.map((bucket, overflow) => [this.#weight(bucket), overflow]).filter(([weight]) => weight > 0);
    for (const [, overflow] of seen.sort(([a], [b]) => b - a)) if (shown.size < BUCKETS_MAX) shown.add(overflow);
    for (let overflow = 1; overflow < buckets.length && shown.size < BUCKETS_MAX; ++overflow) shown.add(overflow);
    return shown;
  }

  // How much there is to be seen in a bucket.
  #weight(bucket) {
    let weight = 0;
    for (let slot = 0; slot <= WHOLE_BUCKET; ++slot) {
      if (this.#fails(bucket, slot)) weight += 8;
      if (this.marked.selected === `${bucket}.${slot}`) weight += 4;
      if (this.marked.standing[`${bucket}.${slot}`]) weight += 2;
      if (slot < 8 && this.recording.slotChanged(bucket, slot, this.state)) weight += 1;
    }
    return weight;
  }

  #bucket(array, chain, bucket, overflow) {
    const evacuated = overflow === 0 && isEvacuated(this.recording.slot(bucket, 0, this.state).mark);
    const label = overflow === 0 ? String(chain) : `↳ ${overflow}`;
    const whole = this.#flags(bucket, WHOLE_BUCKET);
    const fails = this.#fails(bucket, WHOLE_BUCKET);
    const title = overflow === 0 ? `bucket ${chain}${evacuated ? ", evacuated" : ""}` : `overflow bucket ${overflow} of chain ${chain}`;
    return element("div", { class: `row${fails ? " failing" : ""}${evacuated ? " evacuated" : ""}`, role: "row" },
                   element("span", { class: overflow === 0 ? "label" : "label overflow", title: `${title}, at heap offset ${bucket}` },
                           fails ? `✕ ${label}` : label, whole),
                   Array.from({ length: 8 }, (_, slot) => this.#slot(bucket, slot, title)));
  }

  #slot(bucket, slot, place) {
    const { mark, key, value } = this.recording.slot(bucket, slot, this.state);
    const id = `${bucket}.${slot}`;
    const [shown, below] = inTwoLines(key, value);
    const classes = ["slot", stateOf(mark)];
    const says = [`${place}, slot ${slot}: ${inWords(mark)} (mark ${inHex(mark)})`];
    if (key !== null) says.push(`key ${key}${value === null ? "" : `, value ${value}`}`);
    const mention = (when, name, words) => {
      if (!when) return;
      classes.push(name);
      says.push(words);
    };
    mention(this.recording.slotChanged(bucket, slot, this.state), "changed", "changed in this step");
    mention(this.#fails(bucket, slot), "failing", "the failure shows here");
    mention(!isLive(mark) && (key === "left" || value === "left"), "left", "bytes that should be zero");
    if (this.marked.selected === id) classes.push("selected");
    return element("button", { class: classes.join(" "), role: "gridcell", "data-slot": id, tabindex: -1,
                               title: says.join("\n"), "aria-label": says.join(", "), onclick: () => this.onSelect(bucket, slot) },
                   element("span", { class: "key" }, shown),
                   element("span", { class: "mark" }, mark === 0 ? "" : inHex(mark)),
                   element("span", { class: "value" }, below),
                   this.#flags(bucket, slot));
  }

  #fails(bucket, slot) {
    return this.marked.failing && this.marked.failure.isAt(bucket, slot);
  }

  // Iterators that stand there.
  #flags(bucket, slot) {
    const names = this.marked.standing[`${bucket}.${slot}`];
    return names ? element("span", { class: "flag", title: `${names.join(", ")} stands here` }, names.join(" ")) : null;
  }
}

// What a slot shows of its entry, above and below: of a key that is an object the number it counts as comes
// first.
function inTwoLines(key, value) {
  if (key === null) return ["", ""];
  const [number, object] = String(key).split("#");
  const below = [object && number ? `#${object}` : "", value === null ? "" : String(value)].filter(Boolean);
  return [number || String(key), below.join("→")];
}

function leftOut(count) {
  return element("div", { class: "row note" }, `⋮ ${counted(count, "overflow bucket")} not shown`);
}

// Arrow keys move among the slots of a grid.
function moveFocus(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
  const slots = [...event.currentTarget.querySelectorAll(".slot")];
  const at = slots.indexOf(event.target);
  if (step === undefined || at < 0) return;
  event.stopPropagation();
  event.preventDefault();
  const next = slots[at + step];
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
