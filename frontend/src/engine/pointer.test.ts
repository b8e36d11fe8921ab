// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Gesture } from "./gestures";
import { listen } from "./pointer";

let canvas: HTMLCanvasElement;
let gestures: Gesture[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  canvas = document.createElement("canvas");
  canvas.setPointerCapture = () => undefined;
  canvas.getBoundingClientRect = () => new DOMRect(44, 48, 900, 700);
  gestures = [];
  const around = { dotAt: () => null, isPanning: () => false };
  stop = listen(canvas, around, (gesture) => gestures.push(gesture));
});

afterEach(() => {
  vi.useRealTimers();
});

function point(type: string, more: PointerEventInit = {}): void {
  const init = { clientX: 144, clientY: 148, pointerId: 1, pointerType: "mouse", ...more };
  canvas.dispatchEvent(new PointerEvent(type, init));
}

test("a press is told in CSS pixels of the canvas", () => {
  point("pointerdown");
  point("pointerup");

  expect(gestures).toEqual([{ kind: "click", at: { x: 100, y: 100 }, isNegative: false }]);
});

test.each([{ shiftKey: true }, { altKey: true }, { button: 2 }])("%o is negative", (more) => {
  point("pointerdown", more);
  point("pointerup", more);

  expect(gestures).toMatchObject([{ kind: "click", isNegative: true }]);
});

test("a finger that stays is a negative click after 450 ms, one that lifts is not", () => {
  point("pointerdown", { pointerType: "touch" });
  vi.advanceTimersByTime(449);
  expect(gestures).toEqual([]);

  vi.advanceTimersByTime(1);
  point("pointerup", { pointerType: "touch" });

  expect(gestures).toMatchObject([{ kind: "click", isNegative: true }]);
});

test("the wheel zooms at the pointer, and neither it nor a menu reaches the browser", () => {
  const place = { clientX: 144, clientY: 148, cancelable: true };
  const wheel = Object.assign(new MouseEvent("wheel", place), { deltaY: -100, deltaMode: 0 });
  const menu = new MouseEvent("contextmenu", { cancelable: true });

  canvas.dispatchEvent(wheel);
  canvas.dispatchEvent(menu);

  expect(gestures).toMatchObject([{ kind: "zoom", at: { x: 100, y: 100 } }]);
  expect([wheel.defaultPrevented, menu.defaultPrevented]).toEqual([true, true]);
});

test("a canvas that is let go tells nothing more", () => {
  stop();

  point("pointerdown");
  point("pointerup");

  expect(gestures).toEqual([]);
});
