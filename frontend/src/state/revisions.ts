/** Revisions: which objects an edit makes the server answer anew. */

import type { Masks } from "./masks";
import { activeClicks, hasSameInput, isBlank } from "./objects";
import type { Obj, Phase, Shown, Work } from "./state";

interface Raised {
  readonly work: Work;
  readonly rev: number;
}

/** `after` with a new rev for each object whose question to the model has changed. */
export function raised(before: Work, after: Work, rev: number, masks: Masks): Raised {
  let last = rev;
  const old = new Map(before.objects.map((one) => [one.id, one]));
  const objects = after.objects.map((object) => {
    const was = old.get(object.id);
    if (was && (was === object || hasSameInput(was, object))) return object;
    last += 1;
    if (object === before.open?.was) return recalled(object, last); // cancelled
    return asked(object, last, masks);
  });
  return { work: { ...after, objects }, rev: last };
}

/** The object as it waits for an answer; none is needed while no click counts. */
function asked(object: Obj, rev: number, masks: Masks): Obj {
  if (isBlank(object)) return { ...object, rev, shown: null, phase: { kind: "empty" } };
  if (activeClicks(object).length > 0) return { ...object, rev, phase: { kind: "queued" } };
  return { ...object, rev, shown: brought(object, masks), phase: { kind: "final" } };
}

/** The mask that the user brought along, as if it were an answer. */
function brought(object: Obj, masks: Masks): Shown | null {
  const { init: mask, threshold } = object;
  if (mask === null) return null;
  const rest = { refine: false, est_iou: null, next: null, prob: null, marks: {} };
  return { kind: "final", mask, area: masks.area(mask), threshold, ...rest };
}

/** `work` as undo and redo bring it back: what differs from `present` gets a new rev. */
export function restored(work: Work, present: Work, rev: number): Raised {
  let last = rev;
  const now = new Map(present.objects.map((one) => [one.id, one]));
  const objects = work.objects.map((object) => {
    const is = now.get(object.id);
    if (is === object) return object;
    last += 1;
    const visible = is?.visible ?? object.visible; // a view setting, which is not undone
    return { ...recalled(object, last), visible };
  });
  return { work: { ...work, objects }, rev: last };
}

/** An object of the past under a new rev, with the mask that it had. */
function recalled(object: Obj, rev: number): Obj {
  return { ...object, rev, phase: recalledPhase(object) };
}

function recalledPhase(object: Obj): Phase {
  if (isBlank(object)) return { kind: "empty" };
  const isKnown = object.shown !== null && object.phase.kind !== "error";
  return isKnown ? object.phase : { kind: "queued" };
}
