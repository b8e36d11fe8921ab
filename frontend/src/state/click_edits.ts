/** Edits of clicks: add, move, flip, mute, remove, clear. */

import type { Edit } from "./events";
import { activeClicks, isBlank, newObject, openObjectOf, withObject } from "./objects";
import { changed, type Outcome, refused, UNCHANGED } from "./outcome";
import type { Click, ImageInfo, Obj, State } from "./state";

/** Clicks that an object may have; the server takes no more. */
export const MAX_CLICKS = 200;

/** Farther outside the image a click is refused; nearer it is put on the edge. */
const MARGIN = 1;
const HUNDREDTH = 0.01;

type Place = { readonly x: number; readonly y: number };
type Added = Extract<Edit, { type: "click" }>;
type Moved = Extract<Edit, { type: "move" }>;

/** Adds a click to the open object; without one, the click starts the next object. */
export function clickAdded(state: State, event: Added): Outcome {
  const place = state.image && onImage(event, state.image);
  if (!place) return refused("outside");
  const open = openObjectOf(state.work);
  if ((!open || isBlank(open)) && event.sign < 0) return refused("first-negative");
  if (open && activeClicks(open).some((one) => isSame(one, place, event.sign))) {
    return UNCHANGED;
  }
  if (open && open.clicks.length >= MAX_CLICKS) return refused("click-limit");
  const num = state.counters.click + 1;
  const click: Click = { id: `c${num}`, ...place, sign: event.sign, muted: false };
  const counters = { ...state.counters, click: num };
  if (open) return changed(withClicks(state, open, [...open.clicks, click]), { counters });
  const id = `o${counters.object + 1}`;
  const object = { ...newObject(id, state.view.class), clicks: [click] };
  const objects = [...state.work.objects, object];
  const work = { ...state.work, objects, open: { id, was: null } };
  return changed(work, { counters: { ...counters, object: counters.object + 1 } });
}

export function clickMoved(state: State, event: Moved): Outcome {
  const place = state.image && onImage(event, state.image);
  if (!place) return refused("outside");
  return clickEdited(state, event.click, (click) =>
    click.x === place.x && click.y === place.y ? click : { ...click, ...place },
  );
}

export function clickFlipped(state: State, id: string): Outcome {
  return clickEdited(state, id, (click) => ({ ...click, sign: click.sign > 0 ? -1 : 1 }));
}

export function clickMuted(state: State, id: string): Outcome {
  return clickEdited(state, id, (click) => ({ ...click, muted: !click.muted }));
}

export function clickRemoved(state: State, id: string): Outcome {
  return clickEdited(state, id, () => null);
}

export function clicksCleared(state: State): Outcome {
  const open = openObjectOf(state.work);
  return open && open.clicks.length > 0 ? changed(withClicks(state, open, [])) : UNCHANGED;
}

/** Changes one click of the open object; `null` takes it away. */
function clickEdited(state: State, id: string, to: (click: Click) => Click | null): Outcome {
  const open = openObjectOf(state.work);
  const click = open?.clicks.find((one) => one.id === id);
  if (!open || !click) return UNCHANGED;
  const edited = to(click);
  if (edited === click) return UNCHANGED;
  const clicks = open.clicks.flatMap((one) => (one.id !== id ? [one] : (edited ?? [])));
  return changed(withClicks(state, open, clicks));
}

function withClicks(state: State, object: Obj, clicks: readonly Click[]) {
  return withObject(state.work, { ...object, clicks });
}

/** The place in hundredths of a pixel and inside the image, or null when far outside. */
function onImage(place: Place, image: ImageInfo): Place | null {
  const x = inside(place.x, image.width);
  const y = inside(place.y, image.height);
  return x === null || y === null ? null : { x, y };
}

function inside(value: number, size: number): number | null {
  if (!(value >= -MARGIN && value <= size + MARGIN)) return null;
  const clamped = Math.min(Math.max(value, 0), size - HUNDREDTH);
  return Math.min(Math.round(clamped * 100) / 100, (size * 100 - 1) / 100);
}

function isSame(click: Click, place: Place, sign: number): boolean {
  const isSamePixel =
    Math.floor(click.x) === Math.floor(place.x) && Math.floor(click.y) === Math.floor(place.y);
  return isSamePixel && click.sign === sign;
}
