/** A mask cut from a soft grid at any threshold, here and at once, for the slider. */

import { allRowsOf } from "./rows";
import type { Box, Grid, MaskRuns, Size } from "./types";

const LONGEST = 1024; // of the mask shown while the slider moves

/** A small mask, and the part of the image that it covers. */
export interface SoftMask extends Size {
  readonly rect: Box;
  /** 1 where p >= threshold. */
  readonly bits: Uint8Array;
}

/** p >= threshold, with p between the cells' centres as they say. */
export function cut(grid: Grid, threshold: number): SoftMask {
  const [, , rectWidth, rectHeight] = grid.rect;
  const zoom = Math.min(1, LONGEST / Math.max(rectWidth, rectHeight));
  const width = Math.max(1, Math.round(rectWidth * zoom));
  const height = Math.max(1, Math.round(rectHeight * zoom));
  const bits = new Uint8Array(width * height);
  const across = weights(width, grid.width);
  const down = weights(height, grid.height);
  const level = (threshold * 255) / grid.scale;
  const blended = new Float32Array(grid.width);
  for (let row = 0; row < height; row++) {
    blend(grid, down.first[row] ?? 0, down.second[row] ?? 0, down.share[row] ?? 0, blended);
    cutRow(blended, across, level, bits.subarray(row * width, (row + 1) * width));
  }
  return { width, height, rect: grid.rect, bits };
}

interface Weights {
  readonly first: Uint16Array;
  readonly second: Uint16Array;
  /** Of the second cell. */
  readonly share: Float32Array;
}

/** For each of `count` pixels, the two cells of `cells` beside its centre. */
function weights(count: number, cells: number): Weights {
  const first = new Uint16Array(count);
  const second = new Uint16Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const place = ((i + 0.5) * cells) / count - 0.5;
    const below = Math.floor(place);
    first[i] = Math.max(0, below);
    second[i] = Math.min(cells - 1, below + 1);
    share[i] = place - below;
  }
  return { first, second, share };
}

function blend(grid: Grid, top: number, bottom: number, share: number, out: Float32Array): void {
  const { cells, width } = grid;
  for (let col = 0; col < width; col++) {
    const upper = cells[top * width + col] ?? 0;
    const lower = cells[bottom * width + col] ?? 0;
    out[col] = upper + (lower - upper) * share;
  }
}

function cutRow(cells: Float32Array, across: Weights, level: number, bits: Uint8Array): void {
  for (let col = 0; col < bits.length; col++) {
    const left = cells[across.first[col] ?? 0] ?? 0;
    const right = cells[across.second[col] ?? 0] ?? 0;
    bits[col] = left + (right - left) * (across.share[col] ?? 0) >= level ? 1 : 0;
  }
}

/** Clears what other masks cover, as seen from each pixel's centre. */
export function clear(soft: SoftMask, others: readonly MaskRuns[]): void {
  const [left, top, rectWidth, rectHeight] = soft.rect;
  const toCol = (x: number) => Math.round(((x - left) * soft.width) / rectWidth);
  for (const other of others) {
    const [otherLeft, otherTop] = other.bbox;
    const rows = allRowsOf(other);
    for (let row = 0; row < soft.height; row++) {
      const y = top + Math.floor(((row + 0.5) * rectHeight) / soft.height);
      const columns = rows[y - otherTop] ?? [];
      const bits = soft.bits.subarray(row * soft.width, (row + 1) * soft.width);
      for (let i = 0; i < columns.length; i += 2) {
        const start = Math.max(0, toCol(otherLeft + (columns[i] ?? 0)));
        bits.fill(0, start, Math.max(start, toCol(otherLeft + (columns[i + 1] ?? 0))));
      }
    }
  }
}
