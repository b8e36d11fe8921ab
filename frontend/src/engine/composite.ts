/** The finished objects as one picture, repainted only where one has changed. */

import { around, coarser, doOverlap, isEmpty, NO_BOX } from "./boxes";
import { type Level, Pyramid } from "./pyramid";
import { FILL_ALPHA, filled, packed, toCanvas } from "./tint";
import type { Box, PaintedObject, Size } from "./types";

const MAX_PIXELS = 4096 * 4096; // a larger image has a coarser composite

export class Composite {
  /** Pixels of the composite for each of the image; below 1 only for huge images. */
  readonly scale: number;
  /** Boxes painted so far: what `?debug=1` shows. */
  repaints = 0;

  readonly #canvas: OffscreenCanvas;
  readonly #pyramid: Pyramid;
  #painted: readonly PaintedObject[] = [];

  constructor(readonly size: Size) {
    this.scale = Math.min(1, Math.sqrt(MAX_PIXELS / (size.width * size.height)));
    this.#canvas = new OffscreenCanvas(
      Math.max(1, Math.round(size.width * this.scale)),
      Math.max(1, Math.round(size.height * this.scale)),
    );
    this.#pyramid = new Pyramid(this.#canvas);
  }

  /** A level fit for `scale` screen pixels to each pixel of the image. */
  levelFor(scale: number): Level {
    const { picture, factor } = this.#pyramid.levelFor(scale / this.scale);
    return { picture, factor: factor * this.scale };
  }

  update(objects: readonly PaintedObject[]): void {
    const box = changedBox(this.#painted, objects);
    this.#painted = objects;
    if (!isEmpty(box)) this.#repaint(box);
  }

  #repaint(box: Box): void {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    this.repaints += 1;
    context.save();
    context.scale(this.scale, this.scale);
    context.beginPath();
    context.rect(...box);
    context.clip();
    context.clearRect(...box);
    for (const object of this.#painted) {
      if (doOverlap(object.mask.bbox, box)) paint(context, object);
    }
    context.restore();
    this.#pyramid.touch(coarser(box, 1 / this.scale));
  }
}

function paint(context: OffscreenCanvasRenderingContext2D, { mask, colour }: PaintedObject): void {
  const [left, top, width, height] = mask.bbox;
  const pixels = filled(mask, packed(colour, FILL_ALPHA));
  context.drawImage(toCanvas(pixels, width, height), left, top);
}

/** Around all that is in one list only, or in another place of the order. */
function changedBox(before: readonly PaintedObject[], after: readonly PaintedObject[]): Box {
  const old = new Set(before.map(keyOf));
  const now = new Set(after.map(keyOf));
  const changed = [
    ...before.filter((one) => !now.has(keyOf(one))),
    ...after.filter((one) => !old.has(keyOf(one))),
  ];
  return boxOf(changed);
}

const numbers = new WeakMap<Uint8Array, number>();
let last = 0;

/** Equal for objects that look the same. */
function keyOf({ id, colour, mask }: PaintedObject): string {
  const num = numbers.get(mask.runs) ?? ++last;
  numbers.set(mask.runs, num);
  return `${id} ${colour} ${num}`;
}

function boxOf(objects: readonly PaintedObject[]): Box {
  return objects.reduce((box, object) => around(box, object.mask.bbox), NO_BOX);
}
