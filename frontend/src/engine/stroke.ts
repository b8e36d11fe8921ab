/** Outlines on the canvas: as fine as the screen, and no finer. */

import { type Outline, type Pen, simplified, trace } from "./outline";
import type { Box } from "./types";

const WIDTH = 1.5; // CSS pixels
const HALO = 3.5;
const HALO_COLOUR = "rgb(0 0 0 / 0.55)";
const DASH = [5, 4];
const CLOSE_UP = 4; // from this scale on, only what is in view is drawn

export interface Style {
  readonly colour: string;
  /** Finished objects have no halo, the selected one is white, a preview is dashed. */
  readonly kind: "finished" | "selected" | "provisional" | "final";
  /** CSS pixels for each pixel of the outline. */
  readonly scale: number;
  /** The part in view, in pixels of the outline. */
  readonly view: Box;
}

/** Strokes in the context's transform, which maps pixels of the outline to the screen. */
export function stroke(context: CanvasRenderingContext2D, outline: Outline, style: Style): void {
  const { colour, kind, scale } = style;
  const path = pathOf(outline, style);
  if (kind !== "finished") {
    context.strokeStyle = HALO_COLOUR;
    context.lineWidth = HALO / scale;
    context.stroke(path);
  }
  context.setLineDash(kind === "provisional" ? DASH.map((length) => length / scale) : []);
  context.strokeStyle = kind === "selected" ? "#ffffff" : colour;
  context.lineWidth = WIDTH / scale;
  context.stroke(path);
  context.setLineDash([]);
}

const paths = new WeakMap<Outline, { readonly step: number; readonly path: Path2D }>();

function pathOf(outline: Outline, { scale, view }: Style): Path2D {
  if (scale >= CLOSE_UP) {
    const path = new Path2D();
    traceInView(outline, view, path);
    return path;
  }
  const step = 2 ** Math.max(0, Math.floor(-Math.log2(scale)));
  const known = paths.get(outline);
  if (known?.step === step) return known.path;
  const path = new Path2D();
  trace(simplified(outline, step), path);
  paths.set(outline, { step, path });
  return path;
}

/** Only the edges that touch the box: a close-up of a long border stays quick. */
export function traceInView(outline: Outline, view: Box, pen: Pen): void {
  const [left, top, width, height] = view;
  const isOut = (a: number, b: number, low: number, high: number) =>
    Math.max(a, b) < low || Math.min(a, b) > high;
  for (const loop of outline) {
    let [x, y] = [loop.at(-2) ?? 0, loop.at(-1) ?? 0];
    let isDown = false;
    for (let i = 0; i < loop.length; i += 2) {
      const [toX, toY] = [loop[i] ?? 0, loop[i + 1] ?? 0];
      const isHidden = isOut(x, toX, left, left + width) || isOut(y, toY, top, top + height);
      if (!isHidden && !isDown) pen.moveTo(x, y);
      if (!isHidden) pen.lineTo(toX, toY);
      isDown = !isHidden;
      [x, y] = [toX, toY];
    }
  }
}
