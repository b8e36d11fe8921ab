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
