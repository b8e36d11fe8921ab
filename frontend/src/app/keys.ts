/** Keys of the page: which action a stroke stands for, and what it does. */

import { type Action, type Binding, bindingFor, heldBy, type Place } from "../engine/keymap";
import { text } from "../i18n/text";
import type { Sign } from "../state/state";
import { announce } from "./announce";
import { holdDoubt, toggleDoubt } from "./doubting";
import {
  clearClicks,
  clickAt,
  deleteHovered,
  finishOrReopen,
  goBack,
  pickClass,
  redo,
  setProtect,
  startObject,
  stepObject,
  stepThreshold,
  undo,
} from "./edits";
import { finishAndNext, markDone } from "./flow";
import {
  fitImage,
  moveCursor,
  openDialog,
  pickSign,
  setOutlineOnly,
  showPixels,
  zoomIn,
  zoomOut,
} from "./looks";
import { openNeighbour } from "./opening";
import {
  arePanelsHidden,
  classQuery,
  cursor,
  dialog,
  dispatch,
  isPeeking,
  isSpaceHeld,
  pointer,
  settings,
  state,
} from "./store";
import { saveNow } from "./work";

const THRESHOLD_STEP = 0.02;
const TYPING = /^(text|search|password|number|email|url|file|color)$/;

type Act = (binding: Binding) => void;

const ACTS: Readonly<Record<Action, Act>> = {
  finish: finishOrReopen,
  "finish-next": finishAndNext,
  done: markDone,
  undo,
  redo,
  "swap-sign": () => pickSign(state.peek().view.sign > 0 ? -1 : 1),
  clear: clearClicks,
  delete: deleteHovered,
  escape: goBack,
  "new-object": startObject,
  "previous-image": () => openNeighbour(-1),
  "next-image": () => openNeighbour(1),
  "previous-object": () => stepObject(-1),
  "next-object": () => stepObject(1),
  class: pickNumbered,
  "class-search": () => {
    classQuery.value = "";
  },
  fit: fitImage,
  "zoom-100": showPixels,
  "zoom-in": zoomIn,
  "zoom-out": zoomOut,
  pan: () => {
    isSpaceHeld.value = true;
  },
  hide: () => {
    isPeeking.value = true;
  },
  "hide-toggle": () => dispatch({ type: "hidden", on: !state.peek().view.isHidden }),
  outline: () => setOutlineOnly(!state.peek().view.isOutlineOnly),
  protect: () => setProtect(!state.peek().work.protect),
  doubt: () => holdDoubt(true),
  "doubt-toggle": toggleDoubt,
  "cursor-left": ({ value = 1 }) => movedCursor(-value, 0),
  "cursor-right": ({ value = 1 }) => movedCursor(value, 0),
  "cursor-up": ({ value = 1 }) => movedCursor(0, -value),
  "cursor-down": ({ value = 1 }) => movedCursor(0, value),
  "click-positive": () => clickAtCursor(1),
  "click-negative": () => clickAtCursor(-1),
  "threshold-down": () => stepThreshold(-THRESHOLD_STEP),
  "threshold-up": () => stepThreshold(THRESHOLD_STEP),
  save: saveNow,
  export: () => openDialog("export"),
  keys: () => openDialog("shortcuts"),
  panels: () => {
    arePanelsHidden.value = !arePanelsHidden.peek();
  },
};

const RELEASES: Partial<Record<Action, () => void>> = {
  pan: () => {
    isSpaceHeld.value = false;
  },
  hide: () => {
    isPeeking.value = false;
  },
  doubt: () => holdDoubt(false),
};

/** Listen to the keyboard from now on. */
export function followKeys(target: Window): void {
  target.addEventListener("keydown", onKeyDown);
  target.addEventListener("keyup", (event) => {
    const held = heldBy(event);
    if (held !== null) RELEASES[held]?.();
  });
  target.addEventListener("blur", () => {
    for (const release of Object.values(RELEASES)) release();
  });
}

function onKeyDown(event: KeyboardEvent): void {
  if (dialog.peek() !== null || event.defaultPrevented) return;
  const options = { hasSingleKeys: settings.peek().hasLetterKeys };
  const binding = bindingFor(event, placeOf(event.target), options);
  if (binding === null) return;
  event.preventDefault();
  ACTS[binding.action](binding);
}

/** Where the focus is, as the key map sees it. */
function placeOf(target: EventTarget | null): Place {
  if (target instanceof HTMLCanvasElement) return "canvas";
  if (target instanceof HTMLTextAreaElement) return "typing";
  if (target instanceof HTMLInputElement) return TYPING.test(target.type) ? "typing" : "control";
  const isControl =
    target instanceof Element && target.closest("button, a, select, [role=listbox], [role=menu]");
  return isControl ? "control" : "body";
}

function pickNumbered({ value }: Binding): void {
  const found = state.peek().classes.find(({ key }) => key === String(value));
  if (found) pickClass(found.id);
}

function movedCursor(dx: number, dy: number): void {
  const at = moveCursor(dx, dy);
  if (at) announce(text("say.cursor", { x: Math.floor(at.x), y: Math.floor(at.y) }));
}

/** A click at the keyboard cursor; before it was ever moved, at the pointer or in the middle. */
function clickAtCursor(sign: Sign): void {
  const at = cursor.peek() ?? pointer.peek() ?? moveCursor(0, 0);
  if (at && state.peek().image !== null) clickAt(at, sign);
}
