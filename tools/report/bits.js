// Bits of a span's slots, as a recording has them: hexadecimal digits, four slots each, zeroes at the end
// left out.

export function bitAt(digits, slot) {
  return ((parseInt(digits?.[slot >> 2] ?? "0", 16) >> (slot & 3)) & 1) === 1;
}
