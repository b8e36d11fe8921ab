/** What the server has to be asked for, as follows from the state. */

import { toJson } from "./document";
import { activeClicks } from "./objects";
import type { JsonMask, Obj, Post, Sign, State } from "./state";

export interface SegmentBody {
  readonly object: string;
  readonly rev: number;
  readonly mode: "auto" | "refine";
  readonly clicks: readonly (readonly [number, number, Sign])[];
  readonly threshold: number;
  readonly post: Post;
  readonly init: JsonMask | null;
  readonly want: readonly ["prob"];
}

export interface Wish {
  /** The same wish has the same key: one already sent is not sent again. */
  readonly key: string;
  readonly body: SegmentBody;
  /** Ids of the clicks in `body.clicks`; the marks of the answer go by them. */
  readonly clickIds: readonly string[];
}

/** All calls that should be on their way; one in flight that is not here is aborted. */
export function wishes(state: State): readonly Wish[] {
  const { image } = state;
  return image ? state.work.objects.flatMap((object) => wishOf(object, image.id)) : [];
}

function wishOf(object: Obj, image: string): readonly Wish[] {
  const mode = modeOf(object);
  if (mode === null) return [];
  const clicks = activeClicks(object);
  const { id, rev, threshold, post, init } = object;
  const body: SegmentBody = {
    object: id,
    rev,
    mode,
    clicks: clicks.map((click) => [click.x, click.y, click.sign]),
    threshold,
    post,
    init: init && toJson(init),
    want: ["prob"],
  };
  return [{ key: `${image}/${id}/${rev}/${mode}`, body, clickIds: clicks.map((one) => one.id) }];
}

function modeOf(object: Obj): SegmentBody["mode"] | null {
  if (object.phase.kind === "queued") return "auto";
  return object.phase.kind === "preview" && object.shown?.refine ? "refine" : null;
}
