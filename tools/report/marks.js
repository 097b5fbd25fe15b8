// Tophash marks: what each means, in words and as a class of page.css.

export const STATES = [
  { name: "live", label: "live: mark is the top byte of the hash" },
  { name: "empty", label: "empty (1)" },
  { name: "rest", label: "empty, and all after it (0)" },
  { name: "evacuated-x", label: "moved to the chain of the same number (2, X)" },
  { name: "evacuated-y", label: "moved to the upper half (3, Y)" },
  { name: "evacuated-empty", label: "was empty when evacuated (4)" },
];

const BY_MARK = ["rest", "empty", "evacuated-x", "evacuated-y", "evacuated-empty"];

export function stateOf(mark) {
  return BY_MARK[mark] ?? "live";
}

export function isLive(mark) {
  return mark >= 5;
}

export function isEvacuated(mark) {
  return mark >= 2 && mark <= 4;
}

export function inHex(mark) {
  return mark.toString(16).padStart(2, "0");
}

export function inWords(mark) {
  return STATES.find(({ name }) => name === stateOf(mark)).label.replace(/ \(.*|:.*/, "");
}
