/** From what is known to what is painted. */

import type {
  Dot,
  Grid,
  Heat,
  ImagePoint,
  LiveObject,
  PaintedObject,
  Scene,
} from "../engine/types";
import { colourOf } from "../state/classes";
import { protectedFrom } from "../state/clip";
import type { Masks } from "../state/masks";
import { objectOf, openObjectOf } from "../state/objects";
import { warningOf } from "../state/selectors";
import type { Click, Obj, State } from "../state/state";

/** What the page adds to the state. */
export interface Around {
  readonly bitmap: ImageBitmap | null;
  readonly masks: Masks;
  readonly hoveredDot: string | null;
  readonly cursor: ImagePoint | null;
  /** Masks are hidden for as long as a key is held. */
  readonly isPeeking: boolean;
  /** Dots that wait wear a ring: only the newest, or all while the image is prepared. */
  readonly rings: "none" | "newest" | "all";
  readonly doubt: Grid | null;
  readonly colourMap: Heat["map"];
}

/** The frame to paint; null without an image. */
export function sceneOf(state: State, around: Around): Scene | null {
  const { image, work, view } = state;
  if (image === null) return null;
  const live = liveObjectOf(state);
  const open = openObjectOf(work);
  return {
    size: { width: image.width, height: image.height },
    picture: around.bitmap,
    finished: finishedShapes(state, { except: live?.id }),
    selected: view.selected,
    live: live && toLive(state, live),
    protectedMasks: live?.state === "open" ? protectedFrom(work, live.id) : [],
    heat: around.doubt && { grid: around.doubt, map: around.colourMap },
    dots: open === null ? [] : toDots(state, open, around),
    cursor: around.cursor,
    opacity: view.opacity,
    isHidden: view.isHidden || around.isPeeking,
    isOutlineOnly: view.isOutlineOnly,
  };
}

interface Choice {
  readonly except?: string | undefined;
  readonly areLockedOut?: boolean;
}

/** Visible finished objects, bottom to top. */
export function finishedShapes(
  state: State,
  { except, areLockedOut = false }: Choice,
): readonly PaintedObject[] {
  return state.work.objects.flatMap((object) => {
    const { id, shown, visible, locked } = object;
    const isOut = object.state === "open" || id === except || !visible || (areLockedOut && locked);
    if (isOut || shown === null) return [];
    return [{ id, mask: shown.mask, colour: colourOf(state.classes, object.class) }];
  });
}

/** The open object; or a finished one while its threshold is being moved. */
function liveObjectOf({ work, view }: State): Obj | null {
  const open = openObjectOf(work);
  if (open !== null) return open;
  return view.draft?.kind === "threshold" ? objectOf(work, view.draft.object) : null;
}

function toLive(state: State, object: Obj): LiveObject {
  const { draft } = state.view;
  const grid = object.shown?.prob ?? null;
  const isMoving = draft?.kind === "threshold" && draft.object === object.id;
  return {
    mask: object.visible ? (object.shown?.mask ?? null) : null,
    colour: colourOf(state.classes, object.class),
    isProvisional: object.phase.kind !== "final",
    soft: isMoving && grid ? { grid, threshold: draft.value } : null,
  };
}

function toDots(state: State, object: Obj, around: Around): readonly Dot[] {
  const isQueued = object.phase.kind === "queued";
  const newest = object.clicks.at(-1)?.id;
  const hasRing = ({ id }: Click): boolean =>
    isQueued && (around.rings === "all" || (around.rings === "newest" && id === newest));
  return object.clicks.map((click) => ({
    id: click.id,
    ...placeOf(state, click),
    sign: click.sign,
    isMuted: click.muted,
    hasWarning: !isQueued && warningOf(state, object, click, around.masks) !== null,
    isHovered: click.id === around.hoveredDot,
    isWaiting: hasRing(click),
  }));
}

/** Where the dot is, or where it is being dragged. */
function placeOf(
  { view: { draft } }: State,
  click: Click,
): { readonly x: number; readonly y: number } {
  return draft?.kind === "dot" && draft.click === click.id
    ? { x: draft.x, y: draft.y }
    : { x: click.x, y: click.y };
}
