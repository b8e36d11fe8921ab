/** One frame: picture, masks, outlines, heat, dots, cursor, bottom to top (ui.md 3.2). */

import { doOverlap, visibleBox } from "./boxes";
import { Composite } from "./composite";
import { drawCursor, drawDot } from "./dots";
import { heatPixels } from "./heat";
import { LiveLayer, type Shape } from "./live";
import { outlineOf } from "./outline";
import { type Level, type Picture, Pyramid } from "./pyramid";
import { stroke } from "./stroke";
import { toCanvas } from "./tint";
import type { Box, Heat, LiveObject, Scene, Size, Viewport } from "./types";
import { CRISP_SCALE, GRID_SCALE } from "./viewport";

const HEAT_ALPHA = 0.7;

/** Draws scenes on one canvas, and keeps what the next frame needs again. */
export class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #live = new LiveLayer();
  #stage: Size = { width: 0, height: 0 };
  #ratio = 1;
  #picture: { readonly of: Picture; readonly pyramid: Pyramid } | null = null;
  #composite: Composite | null = null;
  #heat: { readonly of: Heat; readonly canvas: OffscreenCanvas } | null = null;
  #frames = 0;
  #lastMs = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser has no 2D canvas.");
    this.#context = context;
  }

  /** For `?debug=1`. */
  get counters(): Readonly<Record<"frames" | "lastMs" | "repaints", number>> {
    return {
      frames: this.#frames,
      lastMs: this.#lastMs,
      repaints: this.#composite?.repaints ?? 0,
    };
  }

  /** The canvas in CSS pixels, and the device's pixels for each of them. */
  resize(width: number, height: number, ratio: number): void {
    this.#stage = { width, height };
    this.#ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  paint(scene: Scene, viewport: Viewport): void {
    const start = performance.now();
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#toImagePixels(viewport);
    context.lineJoin = "round"; // of all strokes: a frame owes nothing to the last one
    context.imageSmoothingEnabled = viewport.scale < CRISP_SCALE;
    context.imageSmoothingQuality = "low"; // the pyramid has done the rest
    const view = visibleBox(scene.size, viewport, this.#stage);
    this.#paintPicture(scene, viewport, view);
    if (!scene.isHidden) this.#paintMasks(scene, viewport, view);
    if (scene.heat) this.#paintHeat(scene.heat);
    if (viewport.scale >= GRID_SCALE) this.#paintGrid(viewport, view);
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    for (const dot of scene.dots) drawDot(context, dot, viewport);
    if (scene.cursor) drawCursor(context, scene.cursor, viewport);
    this.#frames += 1;
    this.#lastMs = performance.now() - start;
  }

  /** Forgets the pictures of the last image. */
  release(): void {
    this.#picture = null;
    this.#composite = null;
    this.#heat = null;
  }

  #toImagePixels({ scale, left, top }: Viewport): void {
    const context = this.#context;
    const ratio = this.#ratio;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
  }

  #paintPicture({ picture, size }: Scene, { scale }: Viewport, view: Box): void {
    if (!picture) return;
    if (this.#picture?.of !== picture) {
      this.#picture = { of: picture, pyramid: new Pyramid(picture) };
    }
    const pixels = picture.width / size.width;
    const { picture: level, factor } = this.#picture.pyramid.levelFor(
      (scale * this.#ratio) / pixels,
    );
    this.#paintLevel({ picture: level, factor: factor * pixels }, view);
  }

  #paintLevel({ picture, factor }: Level, [left, top, width, height]: Box): void {
    if (width === 0) return;
    const [x, y, across, down] = [left * factor, top * factor, width * factor, height * factor];
    this.#context.drawImage(picture, x, y, across, down, left, top, width, height);
  }

  #paintMasks(scene: Scene, viewport: Viewport, view: Box): void {
    const context = this.#context;
    if (scene.finished.length > 0 || this.#composite) {
      this.#composite = ofSize(this.#composite, scene.size);
      this.#composite.update(scene.finished);
      context.globalAlpha = scene.isOutlineOnly ? 0 : scene.opacity;
      this.#paintLevel(this.#composite.levelFor(viewport.scale * this.#ratio), view);
      context.globalAlpha = 1;
    }
    for (const { id, mask, colour } of scene.finished) {
      if (!doOverlap(mask.bbox, view)) continue;
      const kind = id === scene.selected ? "selected" : "finished";
      stroke(context, outlineOf(mask), { colour, kind, scale: viewport.scale, view });
    }
    const shape = scene.live && this.#live.shapeOf(scene.live, scene);
    if (scene.live && shape) this.#paintLive(scene, scene.live, shape, viewport.scale, view);
  }

  #paintLive(
    scene: Scene,
    { colour, isProvisional }: LiveObject,
    { fill, rect, outline, origin, step }: Shape,
    scale: number,
    view: Box,
  ): void {
    const context = this.#context;
    context.globalAlpha = scene.isOutlineOnly ? 0 : scene.opacity;
    context.drawImage(fill, ...rect);
    context.globalAlpha = 1;
    const [[x, y], [across, down]] = [origin, step];
    const inner: Box = [
      (view[0] - x) / across,
      (view[1] - y) / down,
      view[2] / across,
      view[3] / down,
    ];
    context.save();
    context.transform(across, 0, 0, down, x, y);
    const kind = isProvisional ? "provisional" : "final";
    stroke(context, outline, { colour, kind, scale: scale * across, view: inner });
    context.restore();
  }

  #paintHeat(heat: Heat): void {
    const { grid, map } = heat;
    if (this.#heat?.of.grid !== grid || this.#heat.of.map !== map) {
      const pixels = heatPixels(grid, map, HEAT_ALPHA);
      this.#heat = { of: heat, canvas: toCanvas(pixels, grid.width, grid.height) };
    }
    this.#context.drawImage(this.#heat.canvas, ...grid.rect);
  }

  /** Hairlines between pixels, one device pixel wide. */
  #paintGrid({ scale }: Viewport, [left, top, width, height]: Box): void {
    const context = this.#context;
    context.beginPath();
    for (let x = left; x <= left + width; x++) {
      context.moveTo(x, top);
      context.lineTo(x, top + height);
    }
    for (let y = top; y <= top + height; y++) {
      context.moveTo(left, y);
      context.lineTo(left + width, y);
    }
    context.strokeStyle = "rgb(128 128 128 / 0.45)";
    context.lineWidth = 1 / (scale * this.#ratio);
    context.stroke();
  }
}

function ofSize(composite: Composite | null, size: Size): Composite {
  const { width, height } = composite?.size ?? {};
  return composite && width === size.width && height === size.height
    ? composite
    : new Composite(size);
}
