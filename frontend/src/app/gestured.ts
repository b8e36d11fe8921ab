/** Gestures on the canvas become edits and looks. */

import { isInside, toImage } from "../engine/geometry";
import type { Gesture } from "../engine/gestures";
import { dotAt } from "../engine/hits";
import type { ImagePoint, ViewPoint } from "../engine/types";
import type { Click } from "../state/state";
import { clickAt, flipClick } from "./edits";
import { scene } from "./frame";
import { closeDotMenu, openDotMenu, pan, zoom } from "./looks";
import { cursor, dispatch, hoveredDot, openObject, pointer, state, viewport } from "./store";

const MENU_MS = 360; // a second tap within this time flips the dot instead

let menuTimer: ReturnType<typeof setTimeout> | undefined;

export function gestured(gesture: Gesture): void {
  switch (gesture.kind) {
    case "click":
      return clicked(gesture.at, gesture.isNegative);
    case "drag-dot":
      return dragged(gesture);
    case "drop-drag":
      return dispatch({ type: "draft", draft: null });
    case "tap-dot":
      clearTimeout(menuTimer);
      if (gesture.isSecondary) return openDotMenu(gesture.dot);
      menuTimer = setTimeout(() => openDotMenu(gesture.dot), MENU_MS);
      return undefined;
    case "flip-dot":
      clearTimeout(menuTimer);
      closeDotMenu();
      return flipClick(gesture.dot);
    case "pan":
      return pan(gesture.dx, gesture.dy);
    case "zoom":
      return zoom(gesture.at, gesture.factor);
    case "hover":
      return hovered(gesture.at);
  }
}

function clicked(at: ViewPoint, isNegative: boolean): void {
  closeDotMenu();
  cursor.value = null;
  const point = inside(at);
  if (point) clickAt(point, isNegative ? -1 : state.peek().view.sign);
}

function dragged({ dot, dx, dy, isDone }: Extract<Gesture, { kind: "drag-dot" }>): void {
  const click: Click | undefined = openObject.peek()?.clicks.find(({ id }) => id === dot);
  const { image } = state.peek();
  if (!click || image === null) return;
  const { scale } = viewport.peek();
  const place = {
    x: limited(click.x + dx / scale, image.width),
    y: limited(click.y + dy / scale, image.height),
  };
  if (isDone) dispatch({ type: "move", click: dot, ...place });
  else dispatch({ type: "draft", draft: { kind: "dot", click: dot, ...place } });
}

function hovered(at: ViewPoint | null): void {
  pointer.value = at && inside(at);
  hoveredDot.value = at && dotAt(scene.peek()?.dots ?? [], at, viewport.peek());
}

/** The point of the image; null beside it. */
function inside(at: ViewPoint): ImagePoint | null {
  const { image } = state.peek();
  const point = toImage(at, viewport.peek());
  return image !== null && isInside(point, image) ? point : null;
}

function limited(value: number, length: number): number {
  const rounded = Math.round(value * 100) / 100;
  return Math.min(Math.max(rounded, 0), length - 0.01);
}
