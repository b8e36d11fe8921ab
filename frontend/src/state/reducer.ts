/** The one place where the state changes: `(state, event) -> state`, no I/O inside. */

import {
  clickAdded,
  clickFlipped,
  clickMoved,
  clickMuted,
  clickRemoved,
  clicksCleared,
} from "./click_edits";
import type { Edit, Event, News } from "./events";
import { logged, redone, undone } from "./history";
import type { Masks } from "./masks";
import { answered, failed, retried } from "./news";
import {
  cancelled,
  deleted,
  finished,
  imported,
  locked,
  postprocessed,
  relabelled,
  reopened,
  rethresholded,
} from "./object_edits";
import { objectOf } from "./objects";
import { changed, type Outcome, UNCHANGED } from "./outcome";
import { raised } from "./revisions";
import type { Notice, State } from "./state";
import { type OwnEvent, shownDifferently } from "./views";

export type Reducer = (state: State, event: Event) => State;

/** The reducer with the mask maths that it needs for finishing and protecting. */
export function reducerWith(masks: Masks): Reducer {
  return (state, event) => settled(reduced(state, event, masks));
}

function reduced(state: State, event: Event, masks: Masks): State {
  switch (event.type) {
    case "undo":
      return undone(withoutDraft(state));
    case "redo":
      return redone(withoutDraft(state));
    case "answer":
    case "failed":
    case "retry":
      return informed(state, event, masks);
    default:
      return isEdit(event) ? edited(state, event, masks) : shownDifferently(state, event, masks);
  }
}

function informed(state: State, event: News, masks: Masks): State {
  if (event.type === "answer") return answered(state, event, masks);
  return event.type === "failed" ? failed(state, event) : retried(state, event.object);
}

const VIEWS: Record<OwnEvent["type"], true> = {
  "open-image": true,
  classes: true,
  status: true,
  select: true,
  visible: true,
  sign: true,
  opacity: true,
  hidden: true,
  "outline-only": true,
  draft: true,
};

function isEdit(event: Edit | OwnEvent): event is Edit {
  return !Object.hasOwn(VIEWS, event.type);
}

/** Takes an edit into the log, unless it changes nothing or is refused. */
function edited(before: State, event: Edit, masks: Masks): State {
  const state = withoutDraft(before);
  const outcome = outcomeOf(state, event, masks);
  if (outcome.kind === "unchanged") return state;
  if (outcome.kind === "refused") return { ...state, notice: noticed(state, outcome.code) };
  const view = { ...state.view, ...outcome.view };
  if (outcome.work === state.work) return { ...state, view };
  const counters = outcome.counters ?? state.counters;
  const { work, rev } = raised(state.work, outcome.work, counters.rev, masks);
  return {
    ...state,
    work,
    view,
    log: logged(state.log, event.type, state.work, work),
    counters: { ...counters, rev },
    status: state.status === "new" ? "progress" : state.status,
    changes: state.changes + 1,
  };
}

function outcomeOf(state: State, event: Edit, masks: Masks): Outcome {
  switch (event.type) {
    case "click":
      return clickAdded(state, event);
    case "move":
      return clickMoved(state, event);
    case "flip":
      return clickFlipped(state, event.click);
    case "mute":
      return clickMuted(state, event.click);
    case "remove":
      return clickRemoved(state, event.click);
    case "clear":
      return clicksCleared(state);
    case "class":
      return relabelled(state, event.class, event.object);
    case "threshold":
      return rethresholded(state, event.object, event.value);
    case "post":
      return postprocessed(state, event.object, event.post);
    case "finish":
      return finished(state, masks);
    case "reopen":
      return reopened(state, event.object, masks);
    case "cancel":
      return cancelled(state);
    case "delete":
      return deleted(state, event.object);
    case "lock":
      return locked(state, event.object, event.locked);
    case "protect":
      if (event.on === state.work.protect) return UNCHANGED;
      return changed({ ...state.work, protect: event.on });
    case "import":
      return imported(state, event.objects);
  }
}

function withoutDraft(state: State): State {
  return state.view.draft ? { ...state, view: { ...state.view, draft: null } } : state;
}

function noticed(state: State, code: Notice["code"]): Notice {
  return { id: (state.notice?.id ?? 0) + 1, code };
}

/** A selection is a finished object; what has gone or is open is not selected. */
function settled(state: State): State {
  const { selected } = state.view;
  if (selected === null || objectOf(state.work, selected)?.state === "finished") return state;
  return { ...state, view: { ...state.view, selected: null } };
}
