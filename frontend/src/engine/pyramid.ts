/** A large picture with halved copies of itself, so that far-out views stay quick. */

import { around, coarser, isEmpty, NO_BOX } from "./boxes";
import type { Box } from "./types";

export type Picture = ImageBitmap | HTMLCanvasElement | OffscreenCanvas;

/** One level: `factor` of its pixels for each pixel of the base. */
export interface Level {
  readonly picture: Picture;
  readonly factor: number;
}

const SMALLEST = 512; // a level this long is not halved again

export class Pyramid {
  readonly #halves: OffscreenCanvas[] = [];
  #stale: Box = NO_BOX;

  /** `base` may change; `touch` says where it did. */
  constructor(private readonly base: Picture) {
    this.touch([0, 0, base.width, base.height]);
  }

  /** Pixels of `box` of the base have changed. */
  touch(box: Box): void {
    this.#stale = around(this.#stale, box);
  }

  /** The smallest level that still has a pixel for each of `scale` base pixels. */
  levelFor(scale: number): Level {
    const longest = Math.max(this.base.width, this.base.height);
    const most = Math.floor(Math.log2(longest / SMALLEST));
    const depth = Math.max(0, Math.min(most, Math.floor(-Math.log2(scale))));
    if (depth === 0) return { picture: this.base, factor: 1 };
    this.#refresh(most);
    return { picture: this.#halves[depth - 1] ?? this.base, factor: 2 ** -depth };
  }

  #refresh(depth: number): void {
    if (isEmpty(this.#stale)) return;
    let above: Picture = this.base;
    for (let level = 1; level <= depth; level++) {
      const canvas = this.#half(level, above);
      halve(above, canvas, coarser(this.#stale, 2 ** level));
      above = canvas;
    }
    this.#stale = NO_BOX;
  }

  #half(level: number, above: Picture): OffscreenCanvas {
    const [width, height] = [Math.ceil(above.width / 2), Math.ceil(above.height / 2)];
    const canvas = this.#halves[level - 1] ?? new OffscreenCanvas(width, height);
    this.#halves[level - 1] = canvas;
    return canvas;
  }
}

/** Each pixel of `box` becomes the mean of the four pixels above it. */
function halve(from: Picture, to: OffscreenCanvas, box: Box): void {
  const context = to.getContext("2d");
  if (!context) return;
  const [left, top, width, height] = box;
  context.clearRect(left, top, width, height);
  context.imageSmoothingQuality = "low"; // bilinear: exact for a half
  context.drawImage(from, 2 * left, 2 * top, 2 * width, 2 * height, left, top, width, height);
}
