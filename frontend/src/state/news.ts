/** What the server says of an object: an answer or a failure to its present clicks. */

import { clipped } from "./clip";
import type { News } from "./events";
import type { Masks } from "./masks";
import { objectOf, withObject } from "./objects";
import type { Answer, LogEntry, Mark, Obj, Shown, State, Work } from "./state";

type Answered = Extract<News, { type: "answer" }>;
type Failed = Extract<News, { type: "failed" }>;

/**
 * Takes an answer to the object's present rev; any other changes nothing on the page.
 * The log takes it wherever it remembers the object with that rev, so that coming back
 * there asks nothing.
 */
export function answered(state: State, event: Answered, masks: Masks): State {
  const { image, log } = state;
  if (!image) return state;
  const shown = toShown(event);
  const take = (work: Work): Work => {
    const object = objectOf(work, event.object);
    if (object?.rev !== event.rev) return work;
    const next = withAnswer(object, shown);
    if (next === object) return work;
    return withObject(work, clipped(next, work, image, masks));
  };
  const work = take(state.work);
  const past = mapped(log.past, take);
  const future = mapped(log.future, take);
  const isSameLog = past === log.past && future === log.future;
  if (work === state.work && isSameLog) return state;
  const changes = state.changes + (work === state.work ? 0 : 1);
  return { ...state, work, log: isSameLog ? log : { past, future }, changes };
}

/** The entries; the same list if none has changed. */
function mapped(entries: readonly LogEntry[], take: (work: Work) => Work): readonly LogEntry[] {
  const next = entries.map((entry) => {
    const work = take(entry.work);
    return work === entry.work ? entry : { ...entry, work };
  });
  return next.some((entry, at) => entry !== entries[at]) ? next : entries;
}

/** A final answer is never overwritten by a preview of the same clicks. */
function withAnswer(object: Obj, shown: Shown): Obj {
  if (object.phase.kind === "final" && shown.kind === "preview") return object;
  return { ...object, shown, phase: { kind: shown.kind } };
}

function toShown({ answer, clicks, threshold }: Answered): Shown {
  return { ...answer, marks: toMarks(answer, clicks), threshold };
}

function toMarks(answer: Answer, clicks: readonly string[]): Readonly<Record<string, Mark>> {
  return Object.fromEntries(clicks.map((id, at) => [id, answer.marks[at] ?? "ok"]));
}

/** The clicks and the last mask stay. */
export function failed(state: State, event: Failed): State {
  const object = objectOf(state.work, event.object);
  if (object?.rev !== event.rev || object.phase.kind === "final") return state;
  const phase = { kind: "error", failure: event.failure } as const;
  return { ...state, work: withObject(state.work, { ...object, phase }) };
}

/** Asks again for what has failed, under a new rev. */
export function retried(state: State, id: string): State {
  const object = objectOf(state.work, id);
  if (object?.phase.kind !== "error") return state;
  const rev = state.counters.rev + 1;
  const work = withObject(state.work, { ...object, rev, phase: { kind: "queued" } });
  return { ...state, work, counters: { ...state.counters, rev } };
}
