/** What the user does to clicks and objects: buttons, keys and pointer come here. */

import { objectAt } from "../engine/hits";
import type { ImagePoint } from "../engine/types";
import type { Obj, Post, Sign } from "../state/state";
import { finishedShapes } from "./scene";
import {
  dispatch,
  dotMenu,
  hoveredDot,
  isNewWanted,
  openObject,
  presentObject,
  state,
} from "./store";

const THRESHOLD_KEY_MS = 300;

export const undo = (): void => dispatch({ type: "undo" });
export const redo = (): void => dispatch({ type: "redo" });
export const finishObject = (): void => dispatch({ type: "finish" });
export const cancelObject = (): void => dispatch({ type: "cancel" });
export const clearClicks = (): void => dispatch({ type: "clear" });
export const retry = (object: string): void => dispatch({ type: "retry", object });
export const pickClass = (id: string): void => dispatch({ type: "class", class: id });
export const deleteObject = (object: string): void => dispatch({ type: "delete", object });
export const reopenObject = (object: string): void => dispatch({ type: "reopen", object });
export const flipClick = (click: string): void => dispatch({ type: "flip", click });
export const muteClick = (click: string): void => dispatch({ type: "mute", click });
export const removeClick = (click: string): void => dispatch({ type: "remove", click });
export const setProtect = (on: boolean): void => dispatch({ type: "protect", on });

export function lockObject(object: string, locked: boolean): void {
  dispatch({ type: "lock", object, locked });
}

export function showObject(object: string, visible: boolean): void {
  dispatch({ type: "visible", object, visible });
}

export function setPost(object: string, post: Post): void {
  dispatch({ type: "post", object, post });
}

/** Select an object; one that is open is finished first. */
export function selectObject(object: string): void {
  const open = openObject.peek();
  if (open?.id === object) return;
  finishOrDrop();
  dispatch({ type: "select", object });
}

/** The next object that `step` leads to, round and round. */
export function stepObject(step: 1 | -1): void {
  const { objects } = state.peek().work;
  const at = objects.findIndex(({ id }) => id === presentObject.peek()?.id);
  const start = at < 0 && step < 0 ? 0 : at;
  const target = objects[(start + step + objects.length) % Math.max(1, objects.length)];
  if (target) selectObject(target.id);
}

/** The next click starts an object, even on top of a finished one. */
export function startObject(): void {
  finishOrDrop();
  dispatch({ type: "select", object: null });
  isNewWanted.value = true;
}

/** A click of the user: to the open object, or it chooses a finished one, or starts a new one. */
export function clickAt(point: ImagePoint, sign: Sign): void {
  const { work, view } = state.peek();
  const isFree = work.open === null && !isNewWanted.peek() && !view.isHidden;
  const hit = isFree ? objectAt(finishedShapes(state.peek(), { areLockedOut: true }), point) : null;
  if (hit !== null)
    return hit === view.selected ? reopenObject(hit) : dispatch({ type: "select", object: hit });
  isNewWanted.value = false;
  const rounded = { x: toHundredths(point.x), y: toHundredths(point.y) };
  dispatch({ type: "click", ...rounded, sign });
}

/** Enter: finish what is open, else re-open what is selected. */
export function finishOrReopen(): void {
  const present = presentObject.peek();
  if (present?.state === "finished") reopenObject(present.id);
  else finishObject();
}

/** Delete: the click under the pointer, else the selected object. */
export function deleteHovered(): void {
  const click = hoveredDot.peek();
  const present = presentObject.peek();
  if (click !== null && openObject.peek() !== null) {
    hoveredDot.value = null;
    removeClick(click);
  } else if (present?.state === "finished") deleteObject(present.id);
}

/** Escape: what is on top goes first; giving up an object can be undone. */
export function goBack(): void {
  if (dotMenu.peek() !== null) dotMenu.value = null;
  else if (isNewWanted.peek()) isNewWanted.value = false;
  else if (state.peek().view.selected !== null) dispatch({ type: "select", object: null });
  else cancelObject();
}

export function draftThreshold(object: string, value: number): void {
  dispatch({ type: "draft", draft: { kind: "threshold", object, value } });
}

export function commitThreshold(object: string, value: number): void {
  dispatch({ type: "threshold", object, value });
}

let keyTimer: ReturnType<typeof setTimeout> | undefined;

/** Another threshold by key: shown at once, asked for when the keys rest. */
export function stepThreshold(step: number): void {
  const object = presentObject.peek();
  if (object === null || object.locked) return;
  const { draft } = state.peek().view;
  const from =
    draft?.kind === "threshold" && draft.object === object.id ? draft.value : object.threshold;
  const value = Math.min(0.99, Math.max(0.01, from + step));
  draftThreshold(object.id, value);
  clearTimeout(keyTimer);
  keyTimer = setTimeout(() => commitThreshold(object.id, value), THRESHOLD_KEY_MS);
}

/** Finish the open object; one without clicks just goes. */
export function finishOrDrop(): void {
  const open: Obj | null = openObject.peek();
  if (open === null) return;
  const isBlank = open.init === null && open.clicks.every(({ muted }) => muted);
  dispatch({ type: isBlank ? "cancel" : "finish" });
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
