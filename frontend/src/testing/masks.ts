/** Masks to test with. */

import { fromBits } from "../engine/runs";
import type { MaskRuns, Size } from "../engine/types";
import type { Random } from "./random";

/** Rows of "." and "#". */
export function drawn(...rows: readonly string[]): MaskRuns {
  const width = rows[0]?.length ?? 0;
  const bits = Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0));
  return fromBits(bits, { width, height: rows.length });
}

export function randomBits(random: Random, { width, height }: Size): Uint8Array {
  const density = random.pick([0, 0.05, 0.5, 0.95, 1]) ?? 0.5;
  return Uint8Array.from({ length: width * height }, () => (random.next() < density ? 1 : 0));
}

/** A rectangle of an image. */
export function rectangle(
  [left, top, width, height]: readonly [number, number, number, number],
  image: Size,
): MaskRuns {
  const bits = new Uint8Array(image.width * image.height);
  for (let row = top; row < top + height; row++) {
    bits.fill(1, row * image.width + left, row * image.width + left + width);
  }
  return fromBits(bits, image);
}
