/** Edits of objects: finish, re-open, cancel, delete, lock, class, threshold, post, import. */

import { clipped } from "./clip";
import type { ImportedObject } from "./events";
import type { Masks } from "./masks";
import { isBlank, newObject, objectOf, openObjectOf, withObject, withoutObject } from "./objects";
import { changed, type Outcome, refused, UNCHANGED } from "./outcome";
import type { Obj, Post, State, Work } from "./state";

export function finished(state: State, masks: Masks): Outcome {
  const open = openObjectOf(state.work);
  if (!open || isBlank(open)) return refused("nothing-to-finish");
  return changed(closed(state, masks), { view: { selected: null } });
}

/** The work with nothing open: the open object is finished, or dropped if blank. */
function closed(state: State, masks: Masks): Work {
  const open = openObjectOf(state.work);
  if (!open || !state.image) return state.work;
  if (isBlank(open)) return withoutObject(state.work, open.id);
  const work = { ...withObject(state.work, { ...open, state: "finished" }), open: null };
  return withObject(work, clipped({ ...open, state: "finished" }, work, state.image, masks));
}

/** Opens a finished object again, with its clicks; what was open is finished first. */
export function reopened(state: State, id: string, masks: Masks): Outcome {
  const object = objectOf(state.work, id);
  if (object?.state !== "finished") return UNCHANGED;
  if (object.locked) return refused("locked");
  const work = withObject(closed(state, masks), { ...object, state: "open" });
  return changed({ ...work, open: { id, was: object } }, { view: { selected: null } });
}

/** Gives the open object up: a new one goes, a re-opened one is as it was. */
export function cancelled(state: State): Outcome {
  const { open } = state.work;
  if (!open) return UNCHANGED;
  if (!open.was) return changed(withoutObject(state.work, open.id));
  return changed({ ...withObject(state.work, open.was), open: null });
}

export function deleted(state: State, id: string): Outcome {
  const object = objectOf(state.work, id);
  if (!object) return UNCHANGED;
  return object.locked ? refused("locked") : changed(withoutObject(state.work, id));
}

export function locked(state: State, id: string, isLocked: boolean): Outcome {
  const object = objectOf(state.work, id);
  if (object?.state !== "finished" || object.locked === isLocked) return UNCHANGED;
  return changed(withObject(state.work, { ...object, locked: isLocked }));
}

/** Relabels one object; the class sticks to the next one in any case. */
export function relabelled(state: State, classId: string, id: string | undefined): Outcome {
  const target = objectOf(state.work, id ?? state.work.open?.id ?? state.view.selected ?? "");
  const view = { class: classId };
  if (!target || target.class === classId) return changed(state.work, { view });
  if (target.locked) return refused("locked");
  return changed(withObject(state.work, { ...target, class: classId }), { view });
}

export function rethresholded(state: State, id: string, value: number): Outcome {
  const threshold = Math.min(0.99, Math.max(0.01, Math.round(value * 100) / 100));
  return edited(state, id, (object) =>
    object.threshold === threshold ? object : { ...object, threshold },
  );
}

export function postprocessed(state: State, id: string, post: Post): Outcome {
  const isSame = (was: Post) => was.largest === post.largest && was.fill_px === post.fill_px;
  return edited(state, id, (object) => (isSame(object.post) ? object : { ...object, post }));
}

function edited(state: State, id: string, to: (object: Obj) => Obj): Outcome {
  const object = objectOf(state.work, id);
  if (!object) return UNCHANGED;
  const next = to(object);
  if (next === object) return UNCHANGED;
  return object.locked ? refused("locked") : changed(withObject(state.work, next));
}

/** Masks from elsewhere, as finished objects that a click can change. */
export function imported(state: State, objects: readonly ImportedObject[]): Outcome {
  if (objects.length === 0) return UNCHANGED;
  const first = state.counters.object + 1;
  const fresh = objects.map(
    (one, at): Obj => ({
      ...newObject(`o${first + at}`, one.class),
      state: "finished",
      init: one.mask,
    }),
  );
  const work = { ...state.work, objects: [...state.work.objects, ...fresh] };
  const object = state.counters.object + objects.length;
  return changed(work, { counters: { ...state.counters, object } });
}
