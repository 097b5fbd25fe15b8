// HeapView: phase and numbers of the heap, and its spans with a square for each slot.
//
// At most SPANS_MAX spans are drawn, those first in which something is to be seen, and of each the slots up to
// the last that holds something.

import { bitAt } from "./bits.js";
import { element, sized, colour, counted, grouped } from "./dom.js";

const SPANS_MAX = 16;
const SLOTS_MAX = 1024;
const PER_LINE = 64;
const SIZE = 9;
const PHASES = ["idle", "mark", "sweep"];
const NUMBERS = [
  ["live_objects", "objects"], ["live_bytes", "bytes"], ["pages_in_use", "pages"], ["cycles", "cycles"],
  ["freed_objects", "freed"], ["mark_work", "mark work"], ["sweep_work", "sweep work"], ["pages_released", "pages released"],
  ["weak_cells", "weak cells"], ["finalizers_attached", "finalizers"], ["finalizers_queued", "queued"],
  ["arena_bytes", "arena bytes"], ["pool", "in the pool"], ["weak_values", "weak values"],
];

export class HeapView {
  constructor(recording, failure, actions) {
    Object.assign(this, { recording, failure, actions });
    this.spansMax = SPANS_MAX;
  }

  draw(position) {
    this.state = position.state;
    this.failing = position === this.recording.positions[this.recording.failure];
    const heap = this.recording.heap.at(this.state);
    return [element("h2", {}, "Heap"),
            element("article", { class: "card" }, this.#phases(heap), this.#numbers(heap), this.#spans(), slotLegend())];
  }

  #phases({ phase }) {
    return element("ol", { class: "phases", "aria-label": `phase: ${phase}` },
                   PHASES.map((name) => element("li", { class: name === phase ? "now" : null, "aria-current": name === phase ? "step" : null }, name)));
  }

  #numbers(heap) {
    const before = this.recording.heap.at(Math.max(this.state - 1, this.recording.from));
    const shown = NUMBERS.filter(([name], index) => index < 4 || heap[name] !== 0 || before[name] !== 0);
    return element("dl", { class: "facts" }, shown.map(([name, label]) =>
      element("div", { class: before[name] !== heap[name] ? "changed" : null },
              element("dt", {}, label), element("dd", {}, grouped(heap[name])))));
  }

  #spans() {
    const spans = this.recording.all("spans", this.state).map(([, span]) => span);
    const rank = (span) => 2 * this.#fails(span.page) + this.recording.changed("spans", span.page, this.state);
    const chosen = new Set([...spans].sort((a, b) => rank(b) - rank(a) || a.page - b.page).slice(0, this.spansMax));
    const shown = spans.filter((span) => chosen.has(span));
    const more = () => {
      this.spansMax *= 2;
      this.actions.redraw();
    };
    return element("div", { class: "spans" }, shown.map((span) => this.#span(span)),
                   shown.length < spans.length
                     ? element("p", {}, `${counted(spans.length - shown.length, "span")} more `, element("button", { class: "word", onclick: more }, "show more"))
                     : null);
  }

  #fails(page) {
    return this.failing && this.failure.spans.has(page);
  }

  #span(span) {
    const kinds = ["large", "noscan", "arena", "retired"].filter((name) => span[name]);
    const holds = this.#contents(span);
    const slots = slotsOf(span);
    const used = Math.max(1, slots.findLastIndex((slot) => slot.allocated || slot.marked || slot.held) + 1);
    const drawn = slots.slice(0, Math.min(used, SLOTS_MAX));
    const canvas = element("canvas", { class: "bits", role: "img", "aria-label": describe(slots) });
    const before = this.state > this.recording.from ? this.recording.spans.get(span.page)?.at(this.state - 1) : span;
    requestAnimationFrame(() => this.#paint(canvas, span, drawn, before ? slotsOf(before) : null));
    canvas.addEventListener("mousemove", (event) => {
      const slot = Math.floor(event.offsetY / SIZE) * PER_LINE + Math.floor(event.offsetX / SIZE);
      canvas.title = slot < drawn.length ? `slot ${slot}: ${slotInWords(slots[slot], span)}${holds[slot] ? `, ${holds[slot]}` : ""}` : "";
    });
    const classes = ["span", this.recording.changed("spans", span.page, this.state) ? "changed" : "", this.#fails(span.page) ? "failing" : ""];
    const rest = slots.length - drawn.length;
    return element("div", { class: classes.join(" ").trim(), "data-page": span.page },
                   element("span", { class: "page" }, `page ${span.page}`),
                   element("span", { class: "size" }, span.large ? `${grouped(span.slot_bytes)} B` : `${span.slot_bytes} B × ${span.slots}`),
                   element("span", { class: "is muted" }, [...kinds, span.unswept ? "unswept" : ""].filter(Boolean).join(", ")),
                   element("span", { class: "slots" }, canvas, rest > 0 ? element("span", { class: "muted" }, `${grouped(rest)} free`) : null),
                   element("span", { class: "holds muted" }, summary(holds)));
  }

  // Slot: what the report knows to lie there.
  #contents(span) {
    const holds = {};
    const put = (at, words) => {
      const slot = Math.floor((at - span.at) / span.slot_bytes);
      if (at >= span.at && slot < span.slots && span.slot_bytes > 0) holds[slot] = words;
    };
    for (const [id, object] of this.recording.all("objects", this.state)) put(object.at, object.map ? `header of map #${id}` : `#${id}`);
    for (const [id, map] of this.recording.all("maps", this.state)) {
      for (const array of this.recording.arrays(map, this.state)) put(array.base, `${array.name === "held" ? "left" : array.name} array of map #${id}`);
    }
    return holds;
  }

  #paint(canvas, span, slots, before) {
    const lines = Math.ceil(slots.length / PER_LINE);
    const context = sized(canvas, Math.min(slots.length, PER_LINE) * SIZE + 1, lines * SIZE + 1);
    const [free, allocated, marked, dying, held, changed, failing] =
      ["--panel", "--allocated", "--marked", "--dying", "--held", "--changed", "--failing"].map(colour);
    const line = colour("--edge");
    slots.forEach((slot, index) => {
      const x = (index % PER_LINE) * SIZE + 1;
      const y = Math.floor(index / PER_LINE) * SIZE + 1;
      const box = SIZE - 2;
      context.fillStyle = slot.held ? held : !slot.allocated ? free : slot.marked ? marked : span.unswept ? dying : allocated;
      context.fillRect(x, y, box, box);
      context.strokeStyle = line;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, box - 1, box - 1);
      if (slot.allocated && !slot.marked && span.unswept) cross(context, x, y, box, line);
      if (slot.marked) dot(context, x, y, box, free);
      if (before === null || !same(before[index], slot)) outline(context, x, y, box, changed);
      if (this.#fails(span.page) && this.failure.spans.get(span.page) === index) outline(context, x, y, box, failing);
    });
  }
}

function slotLegend() {
  const items = [["allocated", "allocated"], ["marked", "and marked"], ["dying", "not marked, to be swept"], ["held", "in quarantine"]];
  return element("p", { class: "legend" }, items.map(([name, label]) =>
    element("span", { class: "item" }, element("span", { class: "tile", style: `background:var(--${name})` }), label)));
}

// [{allocated, marked, held}]
function slotsOf(span) {
  return Array.from({ length: span.slots }, (_, slot) => ({
    allocated: bitAt(span.allocated, slot), marked: bitAt(span.marked, slot), held: bitAt(span.held, slot),
  }));
}

function same(a, b) {
  return a !== undefined && a.allocated === b.allocated && a.marked === b.marked && a.held === b.held;
}

function slotInWords({ allocated, marked, held }, { unswept }) {
  if (held) return "freed, in quarantine";
  if (!allocated) return "free";
  if (marked) return "allocated and marked";
  return unswept ? "allocated, not marked: the sweeper will free it" : "allocated, not marked";
}

function describe(slots) {
  const count = (holds) => slots.filter(holds).length;
  return `${count((slot) => slot.allocated)} of ${slots.length} slots allocated, ${count((slot) => slot.marked)} marked`;
}

function summary(holds) {
  const words = [...new Set(Object.values(holds))];
  return words.length > 4 ? `${words.slice(0, 3).join(", ")}, and ${words.length - 3} more` : words.join(", ");
}

function outline(context, x, y, box, style) {
  context.strokeStyle = style;
  context.lineWidth = 2;
  context.strokeRect(x, y, box, box);
}

function dot(context, x, y, box, style) {
  context.fillStyle = style;
  context.fillRect(x + box / 2 - 1, y + box / 2 - 1, 2, 2);
}

function cross(context, x, y, box, style) {
  context.strokeStyle = style;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + box, y + box);
  context.stroke();
}
