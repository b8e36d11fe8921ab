/** Events outside the log: another image, its classes, how things are shown. */

import { fromDocument } from "./document";
import type { Other } from "./events";
import { NO_LOG, NO_WORK } from "./initial";
import type { Masks } from "./masks";
import { objectOf, withObject } from "./objects";
import type { State, View } from "./state";

export type OwnEvent = Exclude<Other, { type: "undo" | "redo" }>;

export function shownDifferently(state: State, event: OwnEvent, masks: Masks): State {
  switch (event.type) {
    case "open-image":
      return imageOpened(state, event, masks);
    case "classes":
      return { ...state, classes: event.classes, view: withKnownClass(state, event.classes) };
    case "status":
      if (event.status === state.status) return state;
      return { ...state, status: event.status, changes: state.changes + 1 };
    case "select":
      return viewed(state, { selected: selectable(state, event.object) });
    case "visible":
      return visibilitySet(state, event.object, event.visible);
    case "sign":
      return viewed(state, { sign: event.sign });
    case "opacity":
      return viewed(state, { opacity: Math.min(1, Math.max(0, event.value)) });
    case "hidden":
      return viewed(state, { isHidden: event.on });
    case "outline-only":
      return viewed(state, { isOutlineOnly: event.on });
    case "draft":
      return viewed(state, { draft: event.draft });
  }
}

function viewed(state: State, view: Partial<View>): State {
  return { ...state, view: { ...state.view, ...view } };
}

/** The revs go on growing, so that a late answer to another image finds nothing. */
function imageOpened(
  state: State,
  { image, document }: Extract<OwnEvent, { type: "open-image" }>,
  masks: Masks,
): State {
  const { protect } = state.work;
  const view = { ...state.view, selected: null, draft: null, isHidden: false };
  const fresh = { ...state, image, view, log: NO_LOG, notice: null, changes: 0 };
  if (!document) {
    const counters = { ...state.counters, click: 0, object: 0 };
    return { ...fresh, work: { ...NO_WORK, protect }, counters, status: "new" };
  }
  const { work, counters } = fromDocument(document, state.counters, masks);
  return { ...fresh, work: { ...work, protect }, counters, status: document.status };
}

/** Only finished objects; that the canvas selects no locked one, the stage sees to. */
function selectable(state: State, id: string | null): string | null {
  return id !== null && objectOf(state.work, id)?.state === "finished" ? id : null;
}

function visibilitySet(state: State, id: string, visible: boolean): State {
  const object = objectOf(state.work, id);
  if (!object || object.visible === visible) return state;
  const work = withObject(state.work, { ...object, visible });
  return { ...state, work, changes: state.changes + 1 };
}

function withKnownClass(state: State, classes: State["classes"]): View {
  if (classes.some((one) => one.id === state.view.class)) return state.view;
  return { ...state.view, class: classes[0]?.id ?? state.view.class };
}
