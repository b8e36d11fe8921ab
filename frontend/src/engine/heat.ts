/** Grids of numbers as colours, with a legend in numbers. */

import type { ColourMap, Grid } from "./types";

/** Eleven stops from low to high; colours between them are mixed. */
const STOPS: Record<ColourMap, readonly string[]> = {
  viridis: [
    "#440154",
    "#482475",
    "#414487",
    "#355f8d",
    "#2a788e",
    "#21918c",
    "#22a884",
    "#44bf70",
    "#7ad151",
    "#bddf26",
    "#fde725",
  ],
  cividis: [
    "#00224e",
    "#083370",
    "#35456c",
    "#4f576c",
    "#666970",
    "#7d7c78",
    "#948e77",
    "#aea371",
    "#c8b866",
    "#e5cf52",
    "#fee838",
  ],
};

type Rgb = readonly [number, number, number];

/** Colour of `t` in 0..1. */
export function colourAt(map: ColourMap, t: number): Rgb {
  const stops = STOPS[map];
  const place = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const [low, high] = [rgbOf(stops[below]), rgbOf(stops[below + 1])];
  const mix = (one: number, other: number) => Math.round(one + (other - one) * (place - below));
  return [mix(low[0], high[0]), mix(low[1], high[1]), mix(low[2], high[2])];
}

function rgbOf(colour = "#000000"): Rgb {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
}

/** Lowest and highest value that the colours of a grid stand for. */
export function rangeOf(grid: Grid): readonly [number, number] {
  return grid.cells instanceof Int8Array ? [-grid.scale, grid.scale] : [0, grid.scale];
}

export interface LegendMark {
  readonly value: number;
  readonly colour: string;
}

/** `count` values over the range of the grid, each with its colour. */
export function legend(grid: Grid, map: ColourMap, count = 5): readonly LegendMark[] {
  const [low, high] = rangeOf(grid);
  return Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    return { value: low + (high - low) * t, colour: `rgb(${colourAt(map, t).join(" ")})` };
  });
}

/** One pixel a cell, as ImageData holds them. */
export function heatPixels(grid: Grid, map: ColourMap, alpha: number): Uint32Array<ArrayBuffer> {
  const isSigned = grid.cells instanceof Int8Array;
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const [red, green, blue] = colourAt(map, isSigned ? (i - 1) / 254 : i / 255);
    return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
  const shift = isSigned ? 128 : 0;
  return Uint32Array.from(grid.cells, (cell) => table[cell + shift] ?? 0);
}

/** Doubt of a probability grid: 1 at p = 0.5, 0 where the model is sure (entropy, bits). */
export function entropyOf(prob: Grid): Grid {
  const bits = Uint8Array.from({ length: 256 }, (_, i) => Math.round(255 * entropy(i / 255)));
  return { ...prob, scale: 1, cells: Uint8Array.from(prob.cells, (cell) => bits[cell] ?? 0) };
}

function entropy(p: number): number {
  const part = (q: number) => (q > 0 ? -q * Math.log2(q) : 0);
  return part(p) + part(1 - p);
}
