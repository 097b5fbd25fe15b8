// Lanes: what went on when, under the slider: growths above, phases of the collector below, the failure as a
// line.

import { sized, colour } from "./dom.js";

const INSET = 8; // half of the slider's thumb

export function paintLanes(canvas, recording) {
  const width = canvas.parentElement.clientWidth;
  const context = sized(canvas, width, 14);
  const last = Math.max(1, recording.positions.length - 1);
  const step = (width - 2 * INSET) / last;
  const bar = (index, y, style) => {
    context.fillStyle = style;
    context.fillRect(Math.max(INSET, INSET + (index - 0.5) * step), y, Math.max(step, 1), 4);
  };
  recording.positions.forEach(({ state }, index) => {
    if (recording.all("maps", state).some(([, map]) => map.growth !== 0)) bar(index, 2, colour("--lane-growth"));
    const { phase } = recording.heap.at(state);
    if (phase !== "idle") bar(index, 8, colour(phase === "sweep" ? "--lane-sweep" : "--lane-mark"));
  });
  if (recording.failure < 0) return;
  context.fillStyle = colour("--failing");
  context.fillRect(INSET + recording.failure * step - 1.5, 0, 3, 14);
}
