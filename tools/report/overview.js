// Overview: an array of many buckets as a picture, a tile a chain, from which a window of it is chosen.

import { element, sized, colour, counted } from "./dom.js";
import { isLive, isEvacuated } from "./marks.js";

export const WINDOW = 8; // chains in full beside the picture
const COLUMNS = 64;

export class Overview {
  // `look`: {fails(bucket), standing(bucket)}: is something of that chain to be seen?
  constructor(recording, state, look, onChoose) {
    Object.assign(this, { recording, state, look, onChoose });
  }

  // What is in each chain: {live, buckets, evacuated, changed, failing, standing}.
  chains(array) {
    return Array.from({ length: 2 ** array.b }, (_, chain) => this.#tally(array, chain));
  }

  #tally(array, index) {
    const { buckets } = this.recording.chain(array, index, this.state);
    const tally = { live: 0, buckets: buckets.length, evacuated: false, changed: false, failing: false, standing: false };
    for (const bucket of buckets) {
      for (let slot = 0; slot < 8; ++slot) {
        tally.live += isLive(this.recording.slot(bucket, slot, this.state).mark);
        tally.changed ||= this.recording.slotChanged(bucket, slot, this.state);
      }
      tally.failing ||= this.look.fails(bucket);
      tally.standing ||= this.look.standing(bucket);
    }
    tally.evacuated = isEvacuated(this.recording.slot(buckets[0], 0, this.state).mark);
    return tally;
  }

  // `first`: the window's first chain.
  draw(array, chains, first) {
    const columns = Math.min(COLUMNS, chains.length);
    const size = chains.length > 1024 ? 8 : 11;
    const rows = Math.ceil(chains.length / columns);
    const canvas = element("canvas", { class: "overview", tabindex: 0, role: "img" });
    canvas.setAttribute("aria-label", `${counted(chains.length, "chain")}; arrow keys move the window, now at chain ${first}`);
    const paint = () => this.#paint(sized(canvas, columns * size + 2, rows * size + 2), chains, columns, size, first);
    requestAnimationFrame(paint);
    const says = element("p", { class: "hover" }, this.#sum(chains));
    const chainAt = (event) => {
      const chain = Math.floor(event.offsetY / size) * columns + Math.floor(event.offsetX / size);
      return chain < chains.length && event.offsetX < columns * size ? chain : null;
    };
    canvas.addEventListener("click", (event) => {
      const chain = chainAt(event);
      if (chain !== null) this.onChoose(array, chain);
    });
    canvas.addEventListener("mousemove", (event) => {
      const chain = chainAt(event);
      says.textContent = chain === null ? this.#sum(chains) : this.#describe(chain, chains[chain]);
    });
    canvas.addEventListener("mouseleave", () => (says.textContent = this.#sum(chains)));
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -WINDOW, ArrowRight: WINDOW, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (step === undefined) return;
      event.stopPropagation();
      event.preventDefault();
      this.onChoose(array, Math.max(0, Math.min(chains.length - WINDOW, first + step)), true);
    });
    const scale = element("p", { class: "scale", "aria-hidden": "true" }, "entries ", [0, 1, 2, 3, 4].map((step) =>
      [element("span", { class: "tile", style: `background:var(--fill-${step})` }), ["0", "3", "6", "9", "more"][step]]),
      element("span", { class: "tile changed" }), "changed");
    return element("div", { class: "overview-box" }, canvas, says, scale);
  }

  #describe(chain, { live, buckets, evacuated, changed, failing, standing }) {
    const words = [`chain ${chain}: ${counted(live, "live entry", "live entries")}`];
    if (buckets > 1) words.push(counted(buckets - 1, "overflow bucket"));
    if (evacuated) words.push("evacuated");
    if (changed) words.push("changed");
    if (failing) words.push("the failure shows here");
    if (standing) words.push("an iterator stands here");
    return words.join(", ");
  }

  #sum(chains) {
    const evacuated = chains.filter((chain) => chain.evacuated).length;
    const changed = chains.filter((chain) => chain.changed).length;
    const most = Math.max(...chains.map((chain) => chain.live));
    const words = [`${counted(changed, "chain")} changed`, `fullest has ${most} entries`];
    if (evacuated > 0) words.unshift(`${counted(evacuated, "chain")} of ${chains.length} evacuated`);
    return words.join(" · ");
  }

  #paint(context, chains, columns, size, first) {
    const palette = [0, 1, 2, 3, 4].map((step) => colour(`--fill-${step}`));
    const [evacuated, line, changed, failing, ink] = ["--evacuated", "--line", "--changed", "--failing", "--ink"].map(colour);
    const at = (chain) => [(chain % columns) * size + 1, Math.floor(chain / columns) * size + 1];
    const outline = (chain, style, width, count = 1) => {
      const [x, y] = at(chain);
      context.strokeStyle = style;
      context.lineWidth = width;
      context.strokeRect(x + width / 2 - 0.5, y + width / 2 - 0.5, size * count - width, size - width);
    };
    chains.forEach((chain, index) => {
      const [x, y] = at(index);
      context.fillStyle = chain.evacuated ? evacuated : palette[Math.min(4, Math.ceil(chain.live / 3))];
      context.fillRect(x, y, size - 1, size - 1);
      if (chain.evacuated) {
        context.strokeStyle = line;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(x, y + size - 1);
        context.lineTo(x + size - 1, y);
        context.stroke();
      }
    });
    context.fillStyle = changed;
    chains.forEach((chain, index) => {
      const [x, y] = at(index);
      if (chain.changed) context.fillRect(x, y + size - 3, size - 1, 2);
    });
    chains.forEach((chain, index) => {
      if (!chain.standing) return;
      const [x, y] = at(index);
      context.fillStyle = ink;
      context.fillRect(x + size / 2 - 2, y + size / 2 - 2, 3.5, 3.5);
    });
    chains.forEach((chain, index) => chain.failing && outline(index, failing, 3));
    const end = Math.min(first + WINDOW, (Math.floor(first / columns) + 1) * columns);
    outline(first, ink, 1.5, end - first);
  }
}
