/** Boxes: rectangles of pixels, [left, top, width, height]. */

import type { Box, Size, Viewport } from "./types";

export const NO_BOX: Box = [0, 0, 0, 0];

export function isEmpty(box: Box): boolean {
  return box[2] <= 0 || box[3] <= 0;
}

/** The smallest box around both; an empty one counts for nothing. */
export function around(one: Box, other: Box): Box {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  const left = Math.min(one[0], other[0]);
  const top = Math.min(one[1], other[1]);
  const right = Math.max(one[0] + one[2], other[0] + other[2]);
  const bottom = Math.max(one[1] + one[3], other[1] + other[3]);
  return [left, top, right - left, bottom - top];
}

export function doOverlap(one: Box, other: Box): boolean {
  return (
    one[0] < other[0] + other[2] &&
    other[0] < one[0] + one[2] &&
    one[1] < other[1] + other[3] &&
    other[1] < one[1] + one[3]
  );
}

/** Whole pixels of `grid` cells of a coarser picture, `factor` pixels each, over `box`. */
export function coarser(box: Box, factor: number): Box {
  const left = Math.floor(box[0] / factor);
  const top = Math.floor(box[1] / factor);
  const right = Math.ceil((box[0] + box[2]) / factor);
  const bottom = Math.ceil((box[1] + box[3]) / factor);
  return [left, top, right - left, bottom - top];
}

/** The part of the image that the stage shows, in whole pixels. */
export function visibleBox(size: Size, viewport: Viewport, stage: Size): Box {
  const { scale, left, top } = viewport;
  const x = Math.max(0, Math.floor(-left / scale));
  const y = Math.max(0, Math.floor(-top / scale));
  const right = Math.min(size.width, Math.ceil((stage.width - left) / scale));
  const bottom = Math.min(size.height, Math.ceil((stage.height - top) / scale));
  return right > x && bottom > y ? [x, y, right - x, bottom - y] : NO_BOX;
}
