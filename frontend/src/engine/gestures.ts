/** Pointer presses and moves, read as gestures (ui.md 3.3).  No DOM: pointer.ts feeds it. */

import type { ViewPoint } from "./types";

export type Gesture =
  | { readonly kind: "click"; readonly at: ViewPoint; readonly isNegative: boolean }
  /** CSS pixels since the dot was grabbed; it is let go when `isDone`. */
  | {
      readonly kind: "drag-dot";
      readonly dot: string;
      readonly dx: number;
      readonly dy: number;
      readonly isDone: boolean;
    }
  /** The drag of a dot came to nothing: it goes back. */
  | { readonly kind: "drop-drag" }
  | {
      readonly kind: "tap-dot";
      readonly dot: string;
      readonly at: ViewPoint;
      readonly isSecondary: boolean;
    }
  | { readonly kind: "flip-dot"; readonly dot: string }
  | { readonly kind: "pan"; readonly dx: number; readonly dy: number }
  | { readonly kind: "zoom"; readonly at: ViewPoint; readonly factor: number }
  /** Where a mouse or pen hovers; null when it has left. */
  | { readonly kind: "hover"; readonly at: ViewPoint | null };

export interface Pointer {
  readonly id: number;
  readonly type: "mouse" | "pen" | "touch";
  readonly at: ViewPoint;
  /** As in PointerEvent: 0 left or touch, 1 middle, 2 right or barrel, 5 eraser. */
  readonly button: number;
  readonly isModified: boolean;
  readonly time: number;
}

export const DRAG_DISTANCE = 6;
export const LONG_PRESS_MS = 450;
const DOUBLE_MS = 350;
const DOUBLE_DISTANCE = 9;

interface Press {
  readonly pointer: Pointer;
  readonly dot: string | null;
  readonly role: "primary" | "negative" | "pan";
}

type Mode =
  | { readonly kind: "idle" | "ignored" }
  | { readonly kind: "pressed" | "panning" | "dragging"; readonly press: Press }
  | { readonly kind: "pinch" };

interface Told {
  readonly kind: "click" | "dot";
  readonly dot: string | null;
  readonly at: ViewPoint;
  readonly time: number;
}

/** What the reader has to ask about the scene. */
export interface Surroundings {
  dotAt(at: ViewPoint, isCoarse: boolean): string | null;
  /** Space is held, or the hand is picked: presses pan. */
  isPanning(): boolean;
}

const NOTHING: readonly Gesture[] = [];

export class GestureReader {
  #mode: Mode = { kind: "idle" };
  readonly #down = new Map<number, ViewPoint>();
  #told: Told | null = null;

  constructor(private readonly around: Surroundings) {}

  /** A press that has not moved, and becomes a long one if nothing else happens. */
  get mayBecomeLong(): boolean {
    return this.#mode.kind === "pressed" && this.#mode.press.pointer.type !== "mouse";
  }

  press(pointer: Pointer): readonly Gesture[] {
    this.#down.set(pointer.id, pointer.at);
    if (this.#down.size > 1) return this.#pinch();
    const role = this.#roleOf(pointer);
    const dot = role === "pan" || this.#isSecondOfTwo(pointer) ? null : this.#dotUnder(pointer);
    this.#mode = { kind: "pressed", press: { pointer, dot, role } };
    return NOTHING;
  }

  move(pointer: Pointer): readonly Gesture[] {
    const last = this.#down.get(pointer.id);
    if (!last) return pointer.type === "touch" ? NOTHING : [{ kind: "hover", at: pointer.at }];
    if (this.#mode.kind === "pinch") return this.#pinched(pointer);
    if (this.#mode.kind === "pressed") this.#mode = startedDrag(this.#mode.press, pointer.at);
    if (this.#mode.kind === "dragging") return [dragOf(this.#mode.press, pointer.at, false)];
    if (this.#mode.kind !== "panning") return NOTHING;
    this.#down.set(pointer.id, pointer.at);
    return [{ kind: "pan", dx: pointer.at.x - last.x, dy: pointer.at.y - last.y }];
  }

  release(pointer: Pointer): readonly Gesture[] {
    if (!this.#down.delete(pointer.id)) return NOTHING;
    const mode = this.#mode;
    this.#mode = { kind: this.#down.size > 0 ? "ignored" : "idle" };
    if (mode.kind === "dragging") return [dragOf(mode.press, pointer.at, true)];
    return mode.kind === "pressed" ? this.#tapped(mode.press, pointer) : NOTHING;
  }

  /** The press has lasted: a negative click, or the menu of the dot under it. */
  longPress(time: number): readonly Gesture[] {
    if (this.#mode.kind !== "pressed" || !this.mayBecomeLong) return NOTHING;
    const { press } = this.#mode;
    this.#mode = { kind: "ignored" };
    return this.#tapped({ ...press, role: "negative" }, { ...press.pointer, time });
  }

  cancel(id: number): readonly Gesture[] {
    this.#down.delete(id);
    const wasDragging = this.#mode.kind === "dragging";
    this.#mode = { kind: this.#down.size > 0 ? "ignored" : "idle" };
    return wasDragging ? [{ kind: "drop-drag" }] : NOTHING;
  }

  #roleOf(pointer: Pointer): Press["role"] {
    if (pointer.button === 1 || this.around.isPanning()) return "pan";
    return pointer.button > 1 || pointer.isModified ? "negative" : "primary";
  }

  #dotUnder(pointer: Pointer): string | null {
    return this.around.dotAt(pointer.at, pointer.type === "touch");
  }

  /** The second half of a double-click on empty ground is a click, not a tap on the first. */
  #isSecondOfTwo(pointer: Pointer): boolean {
    return this.#told?.kind === "click" && isSoonAndNear(this.#told, pointer);
  }

  #tapped({ dot, role, pointer: pressed }: Press, pointer: Pointer): readonly Gesture[] {
    if (role === "pan") return NOTHING;
    const { at } = pressed;
    const isAgain =
      this.#told?.dot === dot && this.#told !== null && isSoonAndNear(this.#told, pointer);
    this.#told = { kind: dot === null ? "click" : "dot", dot, at, time: pointer.time };
    if (dot === null) return [{ kind: "click", at, isNegative: role === "negative" }];
    if (!isAgain || role === "negative") {
      return [{ kind: "tap-dot", dot, at, isSecondary: role === "negative" }];
    }
    this.#told = null;
    return [{ kind: "flip-dot", dot }];
  }

  /** A second finger: whatever the first was doing, it places no click. */
  #pinch(): readonly Gesture[] {
    const wasDragging = this.#mode.kind === "dragging";
    this.#mode = { kind: "pinch" };
    return wasDragging ? [{ kind: "drop-drag" }] : NOTHING;
  }

  #pinched(pointer: Pointer): readonly Gesture[] {
    const before = spanOf([...this.#down.values()]);
    this.#down.set(pointer.id, pointer.at);
    const after = spanOf([...this.#down.values()]);
    const { x, y } = after.middle;
    return [
      { kind: "pan", dx: x - before.middle.x, dy: y - before.middle.y },
      { kind: "zoom", at: after.middle, factor: after.length / before.length },
    ];
  }
}

/** Beyond a few pixels a press on a dot drags it, one with the left button pans. */
function startedDrag(press: Press, at: ViewPoint): Mode {
  const { x, y } = press.pointer.at;
  if (Math.hypot(at.x - x, at.y - y) <= DRAG_DISTANCE) return { kind: "pressed", press };
  if (press.role === "pan") return { kind: "panning", press };
  if (press.pointer.button > 1) return { kind: "ignored" };
  return { kind: press.dot === null ? "panning" : "dragging", press };
}

function dragOf({ dot, pointer }: Press, at: ViewPoint, isDone: boolean): Gesture {
  const [dx, dy] = [at.x - pointer.at.x, at.y - pointer.at.y];
  return { kind: "drag-dot", dot: dot ?? "", dx, dy, isDone };
}

function isSoonAndNear(told: Told, pointer: Pointer): boolean {
  const distance = Math.hypot(told.at.x - pointer.at.x, told.at.y - pointer.at.y);
  return pointer.time - told.time <= DOUBLE_MS && distance <= DOUBLE_DISTANCE;
}

function spanOf([a, b]: readonly ViewPoint[]) {
  const [one, other] = [a ?? { x: 0, y: 0 }, b ?? a ?? { x: 0, y: 0 }];
  const length = Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
  return { length, middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } };
}
