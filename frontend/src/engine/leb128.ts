/** Unsigned LEB128: numbers in as few bytes as they need, low seven bits first. */

const MAX_BYTES = 5;

/** Throws RangeError at a number of more than five bytes or one that is cut short. */
export function decodeLeb128(bytes: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(countNumbers(bytes));
  let at = 0;
  let value = 0;
  let size = 0;
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** (7 * size);
    size += 1;
    if (byte > 0x7f && size < MAX_BYTES) continue;
    if (byte > 0x7f || value > 0xffffffff) throw new RangeError("A run length is too long.");
    numbers[at++] = value;
    value = 0;
    size = 0;
  }
  if (size > 0) throw new RangeError("The run lengths are cut short.");
  return numbers;
}

/** Every number ends with the only byte of it below 128. */
function countNumbers(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count += 1;
  return count;
}

export function encodeLeb128(numbers: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(numbers.length * MAX_BYTES);
  let at = 0;
  for (let i = 0; i < numbers.length; i++) {
    let rest = numbers[i] ?? 0;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  }
  return bytes.slice(0, at);
}
