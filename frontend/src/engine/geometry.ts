/** Points between the canvas and the image.  The only home of that arithmetic. */

import type { ImagePoint, Size, ViewPoint, Viewport } from "./types";

/** Point of the image under `point`; may lie outside, which the caller checks. */
export function toImage(point: ViewPoint, viewport: Viewport): ImagePoint {
  return {
    x: (point.x - viewport.left) / viewport.scale,
    y: (point.y - viewport.top) / viewport.scale,
  };
}

export function toView(point: ImagePoint, viewport: Viewport): ViewPoint {
  return {
    x: point.x * viewport.scale + viewport.left,
    y: point.y * viewport.scale + viewport.top,
  };
}

export function isInside(point: ImagePoint, size: Size): boolean {
  return point.x >= 0 && point.y >= 0 && point.x < size.width && point.y < size.height;
}

/** The pixel that the point hits. */
export function pixelOf(point: ImagePoint): { readonly col: number; readonly row: number } {
  return { col: Math.floor(point.x), row: Math.floor(point.y) };
}

/** Centre of the pixel nearest to the point, inside the image. */
export function nearestPixelCentre(point: ImagePoint, size: Size): ImagePoint {
  return {
    x: clamped(Math.floor(point.x), size.width - 1) + 0.5,
    y: clamped(Math.floor(point.y), size.height - 1) + 0.5,
  };
}

function clamped(value: number, highest: number): number {
  return Math.min(Math.max(value, 0), highest);
}
