/** A mask row by row: the columns, relative to its box, where it starts and ends. */

import { edgesOf, remembered } from "./runs";
import type { MaskRuns } from "./types";

/** Start, end, start, end, ... of each row of the box, sorted; an end is exclusive. */
export type Columns = readonly number[];

export function* rowsOf(mask: MaskRuns): Generator<Columns> {
  const [, , width, height] = mask.bbox;
  const edges = edgesOf(mask);
  let i = 0;
  for (let row = 0; row < height; row++) {
    const [first, stop] = [row * width, (row + 1) * width];
    const columns: number[] = [];
    for (; (edges[i] ?? stop) < stop; i += 2) {
      const end = edges[i + 1] ?? stop;
      columns.push(Math.max(edges[i] ?? 0, first) - first, Math.min(end, stop) - first);
      if (end > stop) break; // the span goes on in the next row
    }
    yield columns;
  }
}

/** All rows at once, for those who come back to them. */
export const allRowsOf = remembered((mask: MaskRuns): readonly Columns[] => [...rowsOf(mask)]);

/** What two rows have in common. */
export function meet(one: Columns, other: Columns): Columns {
  const common: number[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [endA, endB] = [one[i + 1] ?? 0, other[j + 1] ?? 0];
    const start = Math.max(one[i] ?? 0, other[j] ?? 0);
    const end = Math.min(endA, endB);
    if (start < end) common.push(start, end);
    if (endA <= endB) i += 2;
    if (endB <= endA) j += 2;
  }
  return common;
}

/** Each span without its first and last pixel. */
export function shrunk(columns: Columns): Columns {
  const inner: number[] = [];
  for (let i = 0; i < columns.length; i += 2) {
    const [start, end] = [(columns[i] ?? 0) + 1, (columns[i + 1] ?? 0) - 1];
    if (start < end) inner.push(start, end);
  }
  return inner;
}
