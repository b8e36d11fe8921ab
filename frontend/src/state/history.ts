/** Undo as data: what the work was before each edit, and what it will be again. */

import type { MaskRuns } from "../engine/types";
import { restored } from "./revisions";
import type { EditKind, Log, LogEntry, Obj, Shown, State, Work } from "./state";

/** Masks that the log of one image may hold; the oldest are asked for again. */
export const LOG_BYTES = 64 * 1024 * 1024;

/** The log after an edit turned `before` into `after`. */
export function logged(log: Log, label: EditKind, before: Work, after: Work): Log {
  const past = [...log.past, { label, work: before }];
  return { past: trimmed(past, after), future: [] };
}

export function undone(state: State): State {
  const entry = state.log.past.at(-1);
  if (!entry) return state;
  const past = state.log.past.slice(0, -1);
  const future = [...state.log.future, { label: entry.label, work: state.work }];
  return movedTo(state, entry.work, { past, future });
}

export function redone(state: State): State {
  const entry = state.log.future.at(-1);
  if (!entry) return state;
  const past = [...state.log.past, { label: entry.label, work: state.work }];
  return movedTo(state, entry.work, { past, future: state.log.future.slice(0, -1) });
}

function movedTo(state: State, target: Work, log: Log): State {
  const { work, rev } = restored(target, state.work, state.counters.rev);
  const counters = { ...state.counters, rev };
  return { ...state, work, log, counters, changes: state.changes + 1 };
}

/** `past` within its bytes: from the newest entry back, each mask counts once. */
export function trimmed(
  past: readonly LogEntry[],
  present: Work,
  limit = LOG_BYTES,
): readonly LogEntry[] {
  const seen = new Set<unknown>(present.objects.flatMap(buffersOf));
  let bytes = 0;
  let newer = present;
  const kept = [...past];
  for (let at = past.length - 1; at >= 0; at--) {
    const entry = past[at];
    if (!entry) continue;
    bytes += newBytes(entry.work, newer, seen);
    if (bytes > limit) kept[at] = { ...entry, work: withoutMasks(entry.work, present) };
    newer = entry.work;
  }
  return kept;
}

/** Bytes of the masks not `seen`, which is added to; `newer` spares most look-ups. */
function newBytes(work: Work, newer: Work, seen: Set<unknown>): number {
  let bytes = 0;
  for (const [at, object] of work.objects.entries()) {
    if (newer.objects[at] === object) continue;
    for (const buffer of buffersOf(object)) {
      if (!seen.has(buffer)) bytes += buffer.byteLength;
      seen.add(buffer);
    }
  }
  return bytes;
}

function buffersOf(object: Obj): readonly ArrayBufferView[] {
  const { shown } = object;
  if (!shown) return [];
  return shown.prob ? [shown.mask.runs, shown.prob.cells] : [shown.mask.runs];
}

/** Only masks that nobody else holds are dropped: the present and `init` stay. */
function withoutMasks(work: Work, present: Work): Work {
  const held = new Set<MaskRuns | undefined>(present.objects.map((object) => object.shown?.mask));
  const isHeld = (object: Obj, shown: Shown) => held.has(shown.mask) || shown.mask === object.init;
  const objects = work.objects.map((object) =>
    object.shown && !isHeld(object, object.shown) ? { ...object, shown: null } : object,
  );
  return { ...work, objects };
}
