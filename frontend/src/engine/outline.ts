/** The border of a mask as closed loops, exactly on pixel edges. */

import { rowsOf } from "./rows";
import { remembered } from "./runs";
import type { MaskRuns } from "./types";

/** Corners x, y, x, y, ... in pixels of the image, one array a loop; each closes itself. */
export type Outline = readonly Int32Array[];

/**
 * Upright border segments and, for both ends of each, the end that it is joined to.  End
 * 2 n is the top of segment n, end 2 n + 1 its bottom.
 */
interface Uprights {
  readonly x: number[];
  readonly top: number[];
  readonly bottom: number[];
  readonly joined: number[];
}

export const outlineOf = remembered((mask: MaskRuns): Outline => {
  const uprights = uprightsOf(mask);
  const isUsed = new Uint8Array(uprights.x.length);
  const loops: Int32Array[] = [];
  for (let n = 0; n < isUsed.length; n++) {
    if (!isUsed[n]) loops.push(loopFrom(n, uprights, isUsed));
  }
  return loops;
});

function uprightsOf(mask: MaskRuns): Uprights {
  const [left, top, , height] = mask.bbox;
  const all: Uprights = { x: [], top: [], bottom: [], joined: [] };
  let above: readonly number[] = [];
  let open: readonly number[] = []; // segments that pass through the row above
  let y = top;
  for (const below of rowsOf(mask)) {
    open = crossed(all, above, open, below, left, y);
    above = below;
    y += 1;
  }
  if (height > 0) crossed(all, above, open, [], left, y);
  return all;
}

/**
 * Joins what ends at line `y` to what starts there, and gives the segments of the row
 * below.  An edge at the same column in both rows goes on; the others, from left to
 * right, are joined in pairs by a level edge.
 */
function crossed(
  all: Uprights,
  above: readonly number[],
  open: readonly number[],
  below: readonly number[],
  left: number,
  y: number,
): readonly number[] {
  const next: number[] = [];
  let loose = -1; // an end that waits for its partner on the right
  const join = (end: number) => {
    if (loose >= 0) {
      all.joined[loose] = end;
      all.joined[end] = loose;
    }
    loose = loose >= 0 ? -1 : end;
  };
  for (let i = 0, j = 0; i < above.length || j < below.length; ) {
    const a = above[i] ?? Infinity;
    const b = below[j] ?? Infinity;
    const n = a <= b ? (open[i] ?? 0) : all.x.push(left + b) - 1;
    if (a < b) {
      all.bottom[n] = y;
      join(2 * n + 1);
    } else if (b < a) {
      all.top[n] = y;
      join(2 * n);
    }
    if (b <= a) next.push(n);
    i += a <= b ? 1 : 0;
    j += b <= a ? 1 : 0;
  }
  return next;
}

function loopFrom(first: number, all: Uprights, isUsed: Uint8Array): Int32Array {
  const corners: number[] = [];
  let start = 2 * first; // the end that the walk comes in by
  for (let n = first; !isUsed[n]; n = start >> 1) {
    isUsed[n] = 1;
    const [x, top, bottom] = [all.x[n] ?? 0, all.top[n] ?? 0, all.bottom[n] ?? 0];
    if (start % 2 === 0) corners.push(x, top, x, bottom);
    else corners.push(x, bottom, x, top);
    start = all.joined[start ^ 1] ?? start;
  }
  return Int32Array.from(corners);
}

/** The loops with corners nearer than `step` to the last one left out: for small scales. */
export function simplified(outline: Outline, step: number): Outline {
  if (step <= 1) return outline;
  return outline.map((loop) => {
    const kept: number[] = [];
    let [lastX, lastY] = [Infinity, Infinity];
    for (let i = 0; i < loop.length; i += 2) {
      const [x, y] = [loop[i] ?? 0, loop[i + 1] ?? 0];
      if (Math.abs(x - lastX) < step && Math.abs(y - lastY) < step) continue;
      kept.push(x, y);
      [lastX, lastY] = [x, y];
    }
    return Int32Array.from(kept);
  });
}

/** What a path is drawn with: a Path2D, or a context. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

export function trace(outline: Outline, pen: Pen): void {
  for (const loop of outline) {
    for (let i = 0; i < loop.length; i += 2) {
      const [x, y] = [loop[i] ?? 0, loop[i + 1] ?? 0];
      if (i === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
    pen.closePath();
  }
}
