/** The plain data that the engine is told to paint, and that it reports. */

/** A point of the canvas in CSS pixels; origin top left. */
export interface ViewPoint {
  readonly x: number;
  readonly y: number;
  readonly frame?: "view";
}

/** A point of the upright original in pixels; pixel (i, j) covers [i, i+1) x [j, j+1). */
export interface ImagePoint {
  readonly x: number;
  readonly y: number;
  readonly frame?: "image";
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Left, top, width, height in pixels; four zeros for nothing. */
export type Box = readonly [number, number, number, number];

/** Where the image lies in the canvas: CSS pixels = offset + scale * image pixels. */
export interface Viewport {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** A mask: its tight box, and LEB128 run lengths inside (ui.md 6.1). */
export interface MaskRuns {
  readonly bbox: Box;
  readonly runs: Uint8Array;
}

/** One value a cell, row by row, over a part of the image. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly rect: Box;
  /** 0..255: v / 255 * scale; signed grids (mean, infl) hold -127..127. */
  readonly cells: Uint8Array | Int8Array;
  readonly scale: number;
}

/** "#rrggbb". */
export type Colour = string;

export interface PaintedObject {
  readonly id: string;
  readonly mask: MaskRuns;
  readonly colour: Colour;
}

/** The object being clicked, on top of the finished ones. */
export interface LiveObject {
  readonly mask: MaskRuns | null;
  readonly colour: Colour;
  /** Dashed outline: the answer is a preview, or newer clicks wait. */
  readonly isProvisional: boolean;
  /** Threshold of the slider while it moves: painted from the soft grid. */
  readonly soft: { readonly grid: Grid; readonly threshold: number } | null;
}

export interface Dot {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly sign: 1 | -1;
  readonly isMuted: boolean;
  /** "!": the mask does not, or only by force, obey this click. */
  readonly hasWarning: boolean;
  readonly isHovered: boolean;
  /** Its answer has not come yet; the newest such dot may wear a ring. */
  readonly isWaiting: boolean;
}

export type ColourMap = "viridis" | "cividis";

export interface Heat {
  readonly grid: Grid;
  readonly map: ColourMap;
}

/** All that one frame shows, bottom to top (ui.md 3.2). */
export interface Scene {
  readonly size: Size;
  /** The picture, at most 4096 px long; it is stretched over `size`. */
  readonly picture: ImageBitmap | HTMLCanvasElement | OffscreenCanvas | null;
  readonly finished: readonly PaintedObject[];
  /** Painted with a vector outline above the composite. */
  readonly selected: string | null;
  readonly live: LiveObject | null;
  /** Finished masks that cut the live one; empty while protect is off. */
  readonly protectedMasks: readonly MaskRuns[];
  readonly heat: Heat | null;
  readonly dots: readonly Dot[];
  /** Keyboard cursor, shown while the canvas has the focus and it was used. */
  readonly cursor: ImagePoint | null;
  /** 0..1 of every mask. */
  readonly opacity: number;
  readonly isHidden: boolean;
  readonly isOutlineOnly: boolean;
}
