/** Dots and the keyboard cursor: the same size on the screen at any zoom. */

import { toView } from "./geometry";
import type { Dot, ImagePoint, ViewPoint, Viewport } from "./types";

type Context = CanvasRenderingContext2D;

const RADIUS = 6; // with 2 px white and 1 px black rims outside it
const HOVERED = 2; // added
const POSITIVE = "#1a5fd0";
const NEGATIVE = "#c2410c";
const MUTED = "#5b6472";

/** A filled disc with "+", or a ring with "-"; a "!" triangle beside it warns. */
export function drawDot(context: Context, dot: Dot, viewport: Viewport): void {
  const at = toView(dot, viewport);
  const radius = RADIUS + (dot.isHovered ? HOVERED : 0);
  const colour = dot.isMuted ? MUTED : dot.sign > 0 ? POSITIVE : NEGATIVE;
  context.save();
  context.globalAlpha = dot.isMuted ? 0.7 : 1;
  disc(context, at, radius + 3, "#000000");
  disc(context, at, radius + 2, "#ffffff");
  disc(context, at, radius, colour);
  if (dot.sign < 0) disc(context, at, radius - 2, "#ffffff");
  drawSign(context, at, dot.sign, dot.sign > 0 ? "#ffffff" : colour);
  if (dot.isWaiting) drawRing(context, at, radius + 7);
  if (dot.hasWarning) drawWarning(context, at, radius);
  context.restore();
}

function disc(context: Context, at: ViewPoint, radius: number, colour: string): void {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function drawSign(context: Context, at: ViewPoint, sign: 1 | -1, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(at.x - 3, at.y - 0.75, 6, 1.5);
  if (sign > 0) context.fillRect(at.x - 0.75, at.y - 3, 1.5, 6);
}

function drawRing(context: Context, at: ViewPoint, radius: number): void {
  for (const [colour, width] of [
    ["#000000", 4],
    ["#ffffff", 2],
  ] as const) {
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function drawWarning(context: Context, at: ViewPoint, radius: number): void {
  const [x, y] = [at.x + radius + 2, at.y - radius - 2];
  context.beginPath();
  context.moveTo(x, y - 8);
  context.lineTo(x + 8, y + 6);
  context.lineTo(x - 8, y + 6);
  context.closePath();
  context.fillStyle = "#ffd84d";
  context.strokeStyle = "#000000";
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
  context.fillStyle = "#000000";
  context.fillRect(x - 1, y - 3, 2, 5);
  context.fillRect(x - 1, y + 3, 2, 2);
}

/** A cross around the pixel that the next key press will click. */
export function drawCursor(context: Context, point: ImagePoint, viewport: Viewport): void {
  const { x, y } = toView(point, viewport);
  for (const [colour, width] of [
    ["#000000", 4],
    ["#ffffff", 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    context.stroke();
  }
}
