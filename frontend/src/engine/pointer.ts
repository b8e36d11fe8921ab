/** Listens to a canvas and tells its gestures. */

import {
  type Gesture,
  GestureReader,
  LONG_PRESS_MS,
  type Pointer,
  type Surroundings,
} from "./gestures";
import { wheelFactor } from "./viewport";

const PINCH_GAIN = 6; // a trackpad's pinch comes as a wheel with Ctrl and small steps

/** Starts listening; the function given back ends it. */
export function listen(
  canvas: HTMLElement,
  around: Surroundings,
  tell: (gesture: Gesture) => void,
): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const reader = new GestureReader(around);
  const tellAll = (gestures: readonly Gesture[]) => gestures.forEach(tell);
  let timer = 0;

  const on = (type: string, act: (event: PointerEvent) => readonly Gesture[]) =>
    canvas.addEventListener(
      type,
      (event) => {
        if (!(event instanceof PointerEvent)) return;
        window.clearTimeout(timer);
        tellAll(act(event));
        if (!reader.mayBecomeLong) return;
        timer = window.setTimeout(
          () => tellAll(reader.longPress(event.timeStamp + LONG_PRESS_MS)),
          LONG_PRESS_MS,
        );
      },
      { signal },
    );

  canvas.style.touchAction = "none";
  on("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    return reader.press(toPointer(event, canvas));
  });
  on("pointermove", (event) => reader.move(toPointer(event, canvas)));
  on("pointerup", (event) => reader.release(toPointer(event, canvas)));
  on("pointercancel", (event) => reader.cancel(event.pointerId));
  on("pointerleave", () => [{ kind: "hover", at: null }]);
  listenToWheel(canvas, tell, signal);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  signal.addEventListener("abort", () => window.clearTimeout(timer));
  return () => ending.abort();
}

function listenToWheel(
  canvas: HTMLElement,
  tell: (gesture: Gesture) => void,
  signal: AbortSignal,
): void {
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const gain = event.ctrlKey ? PINCH_GAIN : 1;
    const factor = wheelFactor(event.deltaY * gain, event.deltaMode);
    tell({ kind: "zoom", at: pointOf(event, canvas), factor });
  };
  canvas.addEventListener("wheel", onWheel, { signal, passive: false });
}

function toPointer(event: PointerEvent, canvas: HTMLElement): Pointer {
  const { pointerId: id, pointerType, button, timeStamp: time } = event;
  const type = pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";
  const isModified = event.shiftKey || event.altKey;
  return { id, type, at: pointOf(event, canvas), button, isModified, time };
}

function pointOf(event: MouseEvent, canvas: HTMLElement) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
