/** How things are looked at: zoom, sign, panels, dialogs, settings. */

import { toImage, toView } from "../engine/geometry";
import type { ImagePoint, Size, ViewPoint, Viewport } from "../engine/types";
import { atScale, centredOn, fit, panBy, zoomAt } from "../engine/viewport";
import type { Sign } from "../state/state";
import { keepSettings, nextTheme, type Settings, wearTheme } from "./settings";
import {
  cursor,
  type DialogName,
  dialog,
  dispatch,
  dotMenu,
  isFitted,
  isPanTool,
  openObject,
  settings,
  stageSize,
  state,
  viewport,
} from "./store";

const BAR_HEIGHT = 64; // room for the object bar below a fitted image
const MOST_FITTED = 8;
const ZOOM_STEP = 1.25;
const MENU_GAP = 14; // the menu leaves its dot free for a second tap

export const setOpacity = (value: number): void => dispatch({ type: "opacity", value });
export const setOutlineOnly = (on: boolean): void => dispatch({ type: "outline-only", on });
export const openDialog = (name: DialogName): void => {
  dialog.value = name;
};
export const closeDotMenu = (): void => {
  dotMenu.value = null;
};
export const togglePan = (): void => {
  isPanTool.value = !isPanTool.peek();
};

export function pickSign(sign: Sign): void {
  isPanTool.value = false;
  dispatch({ type: "sign", sign });
}

/** The whole image, with room for the bar. */
export function fitImage(): void {
  const size = imageSize();
  const { width, height } = stageSize.peek();
  if (size === null || width === 0) return;
  viewport.value = fit(
    size,
    { width, height: Math.max(height / 2, height - BAR_HEIGHT) },
    undefined,
    MOST_FITTED,
  );
  isFitted.value = true;
}

/** One image pixel for each pixel of the page. */
export function showPixels(): void {
  look(atScale(viewport.peek(), 1, middle()));
}

export function zoomIn(): void {
  look(zoomAt(viewport.peek(), middle(), ZOOM_STEP));
}

export function zoomOut(): void {
  look(zoomAt(viewport.peek(), middle(), 1 / ZOOM_STEP));
}

export function zoom(at: ViewPoint, factor: number): void {
  look(zoomAt(viewport.peek(), at, factor));
}

export function pan(dx: number, dy: number): void {
  const size = imageSize();
  if (size) look(panBy(viewport.peek(), dx, dy, size, stageSize.peek()));
}

/** The stage has another size: a fitted image stays fitted, another keeps its middle. */
export function resizeStage(next: Size): void {
  const before = stageSize.peek();
  stageSize.value = next;
  if (isFitted.peek()) return fitImage();
  const centre = toImage({ x: before.width / 2, y: before.height / 2 }, viewport.peek());
  viewport.value = centredOn(viewport.peek(), centre, next);
}

/** Put the keyboard cursor on a pixel, and keep it in sight. */
export function moveCursor(dx: number, dy: number): ImagePoint | null {
  const size = imageSize();
  if (size === null) return null;
  const from = cursor.peek() ?? centreInSight(size);
  const to = { x: within(from.x + dx, size.width), y: within(from.y + dy, size.height) };
  cursor.value = to;
  const { width, height } = stageSize.peek();
  const place = toView(to, viewport.peek());
  const isInSight = place.x >= 0 && place.y >= 0 && place.x <= width && place.y <= height;
  if (!isInSight) look(centredOn(viewport.peek(), to, stageSize.peek()));
  return to;
}

/** Show what can be done to a click, beside its dot. */
export function openDotMenu(click: string): void {
  const found = openObject.peek()?.clicks.find(({ id }) => id === click);
  if (!found) return;
  const { x, y } = toView(found, viewport.peek());
  const { width, height } = stageSize.peek();
  const at = {
    x: Math.min(Math.max(8, x + MENU_GAP), width - 160),
    y: Math.min(Math.max(8, y + MENU_GAP), height - 128),
  };
  dotMenu.value = { click, at };
}

export function changeSettings(change: Partial<Settings>): void {
  settings.value = { ...settings.peek(), ...change };
  keepSettings(settings.peek(), localStorage);
  wearTheme(settings.peek().theme, document.documentElement);
}

export function switchTheme(): void {
  changeSettings({ theme: nextTheme(settings.peek().theme) });
}

function look(next: Viewport): void {
  isFitted.value = false;
  viewport.value = next;
}

function imageSize(): Size | null {
  const { image } = state.peek();
  return image && { width: image.width, height: image.height };
}

function middle(): ViewPoint {
  const { width, height } = stageSize.peek();
  return { x: width / 2, y: height / 2 };
}

function centreInSight({ width, height }: Size): ImagePoint {
  const { x, y } = toImage(middle(), viewport.peek());
  return { x: within(x, width), y: within(y, height) };
}

/** The middle of a pixel on a line of `length` pixels. */
function within(value: number, length: number): number {
  return Math.min(Math.max(Math.floor(value), 0), length - 1) + 0.5;
}
