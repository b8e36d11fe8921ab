/** Masks as pixels of a colour. */

import { meet, rowsOf, shrunk } from "./rows";
import { edgesOf } from "./runs";
import type { Colour, MaskRuns } from "./types";

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

/** As `filled`, with `edge` on the pixels that touch one outside the mask. */
export function edged(mask: MaskRuns, fill: number, edge: number): Uint32Array<ArrayBuffer> {
  const [, , width] = mask.bbox;
  const pixels = filled(mask, edge);
  const rows = [[], ...rowsOf(mask), []];
  for (let row = 1; row < rows.length - 1; row++) {
    const beside = meet(rows[row - 1] ?? [], rows[row + 1] ?? []);
    const inner = meet(shrunk(rows[row] ?? []), beside);
    const first = (row - 1) * width;
    for (let i = 0; i < inner.length; i += 2) {
      pixels.fill(fill, first + (inner[i] ?? 0), first + (inner[i + 1] ?? 0));
    }
  }
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
