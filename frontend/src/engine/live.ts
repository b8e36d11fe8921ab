/** The object being clicked: its fill and its outline, worked out when they change. */

import { subtract } from "./algebra";
import { type Outline, outlineOf } from "./outline";
import { fromBits } from "./runs";
import { clear, cut } from "./soft";
import { FILL_ALPHA, filled, packed, toCanvas } from "./tint";
import type { Box, Colour, LiveObject, MaskRuns, Scene } from "./types";

/** A fill over `rect` of the image, and an outline in its own, maybe coarser pixels. */
export interface Shape {
  readonly fill: OffscreenCanvas;
  readonly rect: Box;
  readonly outline: Outline;
  /** Image pixels = origin + step * outline pixels. */
  readonly origin: readonly [number, number];
  readonly step: readonly [number, number];
}

export class LiveLayer {
  #key: readonly unknown[] = [];
  #shape: Shape | null = null;

  /** The shape to paint; null if nothing is covered. */
  shapeOf(live: LiveObject, scene: Scene): Shape | null {
    const { soft, mask, colour } = live;
    const key = [soft?.grid, soft?.threshold, mask?.runs, colour, ...scene.protectedMasks];
    if (key.length !== this.#key.length || key.some((part, i) => part !== this.#key[i])) {
      this.#key = key;
      this.#shape = shapeOf(live, scene);
    }
    return this.#shape;
  }
}

function shapeOf({ soft, mask, colour }: LiveObject, scene: Scene): Shape | null {
  if (!soft) return mask && exactShape(subtract(mask, scene.protectedMasks, scene.size), colour);
  const small = cut(soft.grid, soft.threshold);
  clear(small, scene.protectedMasks);
  const shape = exactShape(fromBits(small.bits, small), colour);
  if (!shape) return null;
  const [left, top, width, height] = soft.grid.rect;
  const step = [width / small.width, height / small.height] as const;
  const [x, y, across, down] = shape.rect;
  const rect: Box = [left + x * step[0], top + y * step[1], across * step[0], down * step[1]];
  return { ...shape, rect, origin: [left, top], step };
}

function exactShape(mask: MaskRuns, colour: Colour): Shape | null {
  const [, , width, height] = mask.bbox;
  if (width === 0) return null;
  return {
    fill: toCanvas(filled(mask, packed(colour, FILL_ALPHA)), width, height),
    rect: mask.bbox,
    outline: outlineOf(mask),
    origin: [0, 0],
    step: [1, 1],
  };
}
