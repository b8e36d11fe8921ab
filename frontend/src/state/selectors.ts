/** Questions that the page asks of the state. */

import { protectedFrom } from "./clip";
import { toDocument } from "./document";
import type { Masks } from "./masks";
import { objectOf, openObjectOf } from "./objects";
import type { Click, EditKind, Mark, Obj, State } from "./state";

export function openObject(state: State): Obj | null {
  return openObjectOf(state.work);
}

export function selectedObject(state: State): Obj | null {
  return objectOf(state.work, state.view.selected ?? undefined);
}

/** What threshold, class and the like act on: the open object, else the selected one. */
export function actedObject(state: State): Obj | null {
  return openObject(state) ?? selectedObject(state);
}

/** The stage's `data-mask-state`. */
export function maskState(state: State): "none" | "queued" | "preview" | "final" | "error" {
  const kind = actedObject(state)?.phase.kind ?? "empty";
  return kind === "empty" ? "none" : kind;
}

export function nextUndo(state: State): EditKind | null {
  return state.log.past.at(-1)?.label ?? null;
}

export function nextRedo(state: State): EditKind | null {
  return state.log.future.at(-1)?.label ?? null;
}

/** Objects that still wait for an answer to their present clicks. */
export function numWaiting(state: State): number {
  return state.work.objects.filter(({ phase }) => phase.kind === "queued").length;
}

export type Warning = Exclude<Mark, "ok"> | "inside-finished";

/** Why a click wears a "!"; null if all is well or no answer has come yet. */
export function warningOf(state: State, object: Obj, click: Click, masks: Masks): Warning | null {
  if (click.muted) return null;
  const isInside = () =>
    protectedFrom(state.work, object.id).some((mask) => masks.contains(mask, click.x, click.y));
  if (click.sign > 0 && isInside()) return "inside-finished";
  const mark = object.shown?.marks[click.id] ?? "ok";
  return mark === "ok" ? null : mark;
}

/** Clicks that the mask obeys, of those that count: "7 of 7 ok". */
export function satisfied(state: State, object: Obj, masks: Masks) {
  const clicks = object.clicks.filter((click) => !click.muted);
  const ok = clicks.filter((click) => warningOf(state, object, click, masks) === null);
  return { ok: ok.length, total: clicks.length };
}

/** Equal for equal work, whatever its revs: FNV-1a of its objects as saved, in hex. */
export function stateHash(state: State): string {
  const { open, protect } = state.work;
  const text = JSON.stringify([toDocument(state, null, 0)?.objects, open?.id ?? null, protect]);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
