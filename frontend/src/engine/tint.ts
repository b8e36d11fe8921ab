/** Masks as pixels of a colour. */

import { edgesOf } from "./runs";
import type { Colour, MaskRuns } from "./types";

/** Of masks at full opacity: the image stays to be seen. */
export const FILL_ALPHA = 0.75;

/** A colour as ImageData holds it, read as one little-endian number. */
export function packed(colour: Colour, alpha: number): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Pixels of the mask's box: `fill` where it covers, clear elsewhere. */
export function filled(mask: MaskRuns, fill: number): Uint32Array<ArrayBuffer> {
  const [, , width, height] = mask.bbox;
  const pixels = new Uint32Array(width * height);
  const edges = edgesOf(mask);
  for (let i = 0; i < edges.length; i += 2) pixels.fill(fill, edges[i], edges[i + 1]);
  return pixels;
}

/** A canvas of those pixels. */
export function toCanvas(
  pixels: Uint32Array<ArrayBuffer>,
  width: number,
  height: number,
): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}
