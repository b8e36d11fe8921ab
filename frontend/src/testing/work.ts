/** A reducer with the real mask maths, and a server that answers at once. */

import { subtract } from "../engine/algebra";
import { area, contains } from "../engine/runs";
import type { MaskRuns } from "../engine/types";
import type { Event } from "../state/events";
import { EMPTY } from "../state/initial";
import type { Masks } from "../state/masks";
import { reducerWith } from "../state/reducer";
import { type Wish, wishes } from "../state/requests";
import type { Answer, State } from "../state/state";
import { rectangle } from "./masks";

export const MASKS: Masks = { subtract, area, contains };

export const reduce = reducerWith(MASKS);

export const IMAGE = { id: "a1", name: "cat.jpg", sha256: "00", width: 64, height: 48 } as const;

/** A page with one image open, after the events. */
export function stateAfter(...events: readonly Event[]): State {
  const opened = reduce(EMPTY, { type: "open-image", image: IMAGE, document: null });
  return continued(opened, ...events);
}

export function continued(state: State, ...events: readonly Event[]): State {
  return events.reduce(reduce, state);
}

export const click = (x: number, y: number, sign: 1 | -1 = 1): Event => ({
  type: "click",
  x,
  y,
  sign,
});

/** A 9 x 9 square around the last positive click, smaller for each further click. */
export function answerTo(wish: Wish, kind: Answer["kind"] = "final"): Event {
  const { body, clickIds } = wish;
  const [x, y] = body.clicks.findLast(([, , sign]) => sign > 0) ?? [0, 0];
  const radius = Math.max(1, 5 - body.clicks.length);
  return {
    type: "answer",
    object: body.object,
    rev: body.rev,
    clicks: clickIds,
    threshold: body.threshold,
    answer: toAnswer(squareAround(Math.floor(x), Math.floor(y), radius), kind),
  };
}

export function toAnswer(mask: MaskRuns, kind: Answer["kind"] = "final"): Answer {
  const rest = { refine: kind === "preview", est_iou: 0.9, next: null, prob: null, marks: [] };
  return { kind, mask, area: area(mask), ...rest };
}

function squareAround(x: number, y: number, radius: number): MaskRuns {
  const [left, top] = [Math.max(0, x - radius), Math.max(0, y - radius)];
  const width = Math.min(IMAGE.width, x + radius + 1) - left;
  const height = Math.min(IMAGE.height, y + radius + 1) - top;
  return rectangle([left, top, width, height], IMAGE);
}

/** All answers that the state waits for have come. */
export function answered(state: State): State {
  return continued(state, ...wishes(state).map((wish) => answerTo(wish)));
}
