/** Masks as run lengths: what they cover, and masks from bits and back (ui.md 6.1). */

import { decodeLeb128, encodeLeb128 } from "./leb128";
import type { Box, MaskRuns, Size } from "./types";

export const EMPTY_MASK: MaskRuns = { bbox: [0, 0, 0, 0], runs: new Uint8Array() };

/** Something worked out of a mask, once for as long as its bytes live. */
export function remembered<T>(make: (mask: MaskRuns) => T): (mask: MaskRuns) => T {
  const known = new WeakMap<Uint8Array, T>();
  return (mask) => {
    const found = known.get(mask.runs);
    if (found !== undefined) return found;
    const made = make(mask);
    known.set(mask.runs, made);
    return made;
  };
}

/**
 * Where the mask starts and ends, in turn, as indices into its box row by row: pixels
 * [e0, e1), [e2, e3), ... are covered.  Throws RangeError where runs do not fill the box.
 */
export const edgesOf = remembered((mask: MaskRuns): Uint32Array => {
  const lengths = decodeLeb128(mask.runs);
  const edges = new Uint32Array(lengths.length + (lengths.length & 1));
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    at += lengths[i] ?? 0;
    edges[i] = at;
  }
  const [, , width, height] = mask.bbox;
  if (at !== width * height) throw new RangeError("The run lengths do not fill their box.");
  return trimmedToPairs(edges, lengths.length);
});

/** Without the end of a last background run, edges come in pairs. */
function trimmedToPairs(edges: Uint32Array, count: number): Uint32Array {
  return edges.subarray(0, count & 1 ? count - 1 : count);
}

/** Throws RangeError where the mask is not one of an image of that size. */
export function checkMask(mask: MaskRuns, size: Size): void {
  const [x, y, width, height] = mask.bbox;
  const isInside = x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height;
  if (!isInside || !mask.bbox.every(Number.isInteger)) {
    throw new RangeError(`The box ${mask.bbox.join(", ")} is outside the image.`);
  }
  edgesOf(mask);
}

/** Pixels covered. */
export const area = remembered((mask: MaskRuns): number => {
  const edges = edgesOf(mask);
  let sum = 0;
  for (let i = 0; i < edges.length; i += 2) sum += (edges[i + 1] ?? 0) - (edges[i] ?? 0);
  return sum;
});

/** Whether the mask covers the pixel that (x, y) hits. */
export function contains(mask: MaskRuns, x: number, y: number): boolean {
  const [left, top, width, height] = mask.bbox;
  const [col, row] = [Math.floor(x) - left, Math.floor(y) - top];
  if (col < 0 || row < 0 || col >= width || row >= height) return false;
  return numEdgesUpTo(edgesOf(mask), row * width + col) % 2 === 1;
}

/** How many of the sorted edges are <= index. */
function numEdgesUpTo(edges: Uint32Array, index: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Mask of the pixels that are not 0, row by row. */
export function fromBits(bits: Uint8Array, size: Size): MaskRuns {
  const spans: number[] = [];
  for (let row = 0; row < size.height; row++) {
    const end = (row + 1) * size.width;
    for (let at = row * size.width; at < end; at++) {
      if (!bits[at]) continue;
      const start = at;
      while (at < end && bits[at]) at++;
      spans.push(start, at);
    }
  }
  return fromSpans(Uint32Array.from(spans), size.width);
}

/** One byte a pixel of the image, row by row: 1 where the mask covers it. */
export function toBits(mask: MaskRuns, size: Size): Uint8Array {
  const bits = new Uint8Array(size.width * size.height);
  const spans = toSpans(mask, size.width);
  for (let i = 0; i < spans.length; i += 2) bits.fill(1, spans[i], spans[i + 1]);
  return bits;
}

/**
 * What the mask covers as pairs [start, end) of indices into the image, row by row; no
 * pair runs over the end of a row.
 */
export function toSpans(mask: MaskRuns, width: number): Uint32Array {
  const edges = edgesOf(mask);
  const [left, top, boxWidth] = mask.bbox;
  const spans: number[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    const end = edges[i + 1] ?? 0;
    for (let at = edges[i] ?? 0; at < end; ) {
      const row = Math.floor(at / boxWidth);
      const stop = Math.min(end, (row + 1) * boxWidth);
      const start = (top + row) * width + left + at - row * boxWidth;
      spans.push(start, start + stop - at);
      at = stop;
    }
  }
  return Uint32Array.from(spans);
}

/** The mask that covers sorted spans; they may touch, and run over the ends of rows. */
export function fromSpans(anySpans: Uint32Array, width: number): MaskRuns {
  if (anySpans.length === 0) return EMPTY_MASK;
  const spans = splitAtRows(anySpans, width);
  const bbox = boxOf(spans, width);
  const [left, top, boxWidth, height] = bbox;
  const lengths: number[] = [];
  let covered = 0; // index in the box up to which runs have been written
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i] ?? 0;
    const row = Math.floor(start / width);
    const local = (row - top) * boxWidth + start - row * width - left;
    const length = (spans[i + 1] ?? 0) - start;
    const last = lengths.length - 1;
    if (local === covered && last >= 0) lengths[last] = (lengths[last] ?? 0) + length;
    else lengths.push(local - covered, length);
    covered = local + length;
  }
  if (covered < boxWidth * height) lengths.push(boxWidth * height - covered);
  return { bbox, runs: encodeLeb128(lengths) };
}

function splitAtRows(spans: Uint32Array, width: number): Uint32Array {
  const split: number[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    const end = spans[i + 1] ?? 0;
    for (let at = spans[i] ?? 0; at < end; ) {
      const stop = Math.min(end, (Math.floor(at / width) + 1) * width);
      split.push(at, stop);
      at = stop;
    }
  }
  return Uint32Array.from(split);
}

function boxOf(spans: Uint32Array, width: number): Box {
  let [left, right] = [width, 0];
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i] ?? 0;
    const col = start % width;
    left = Math.min(left, col);
    right = Math.max(right, col + (spans[i + 1] ?? 0) - start);
  }
  const top = Math.floor((spans[0] ?? 0) / width);
  const bottom = Math.floor((spans[spans.length - 2] ?? 0) / width) + 1;
  return [left, top, right - left, bottom - top];
}
