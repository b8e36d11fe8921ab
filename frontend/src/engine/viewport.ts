/** Where the image lies in the canvas: fit, zoom at a point, pan. */

import { toImage } from "./geometry";
import type { ImagePoint, Size, ViewPoint, Viewport } from "./types";

/** CSS pixels for each image pixel: 5 % to 3200 %. */
export const MIN_SCALE = 0.05;
export const MAX_SCALE = 32;

/** From here on pixels are shown as squares, and from there on with a grid. */
export const CRISP_SCALE = 2;
export const GRID_SCALE = 16;

const FIT_MARGIN = 12;
const KEPT = 40; // CSS pixels of the image that panning leaves in the canvas
const STEP = 0.0016; // e-folds of zoom for each CSS pixel of wheel
const LINE = 16;
const PAGE = 400;

/** The whole image, centred; a small one is not blown up beyond 100 % times `most`. */
export function fit(size: Size, stage: Size, margin = FIT_MARGIN, most = MAX_SCALE): Viewport {
  const scale = Math.min(
    (stage.width - 2 * margin) / size.width,
    (stage.height - 2 * margin) / size.height,
    most,
  );
  return centredOn(
    { scale: limited(scale), left: 0, top: 0 },
    { x: size.width / 2, y: size.height / 2 },
    stage,
  );
}

/** The same scale, with `point` in the middle of the stage. */
export function centredOn(viewport: Viewport, point: ImagePoint, stage: Size): Viewport {
  return {
    scale: viewport.scale,
    left: stage.width / 2 - point.x * viewport.scale,
    top: stage.height / 2 - point.y * viewport.scale,
  };
}

/** Another scale; the image point under `at` stays there. */
export function atScale(viewport: Viewport, scale: number, at: ViewPoint): Viewport {
  const fixed = toImage(at, viewport);
  const next = limited(scale);
  return { scale: next, left: at.x - fixed.x * next, top: at.y - fixed.y * next };
}

export function zoomAt(viewport: Viewport, at: ViewPoint, factor: number): Viewport {
  return atScale(viewport, viewport.scale * factor, at);
}

/** Zoom factor of one turn of the wheel; `mode` is WheelEvent.deltaMode. */
export function wheelFactor(delta: number, mode = 0): number {
  const pixels = delta * (mode === 1 ? LINE : mode === 2 ? PAGE : 1);
  return Math.exp(-STEP * Math.min(Math.max(pixels, -PAGE), PAGE));
}

/** Moved by CSS pixels; some of the image always stays in the stage. */
export function panBy(
  viewport: Viewport,
  dx: number,
  dy: number,
  size: Size,
  stage: Size,
): Viewport {
  const { scale } = viewport;
  return {
    scale,
    left: kept(viewport.left + dx, size.width * scale, stage.width),
    top: kept(viewport.top + dy, size.height * scale, stage.height),
  };
}

function kept(offset: number, length: number, room: number): number {
  const margin = Math.min(KEPT, length);
  return Math.min(Math.max(offset, margin - length), room - margin);
}

function limited(scale: number): number {
  return Math.min(Math.max(scale, MIN_SCALE), MAX_SCALE);
}
