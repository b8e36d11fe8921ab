/** Protection of finished objects: a new mask never covers theirs. */

import type { MaskRuns } from "../engine/types";
import type { Masks } from "./masks";
import type { ImageInfo, Obj, Work } from "./state";

const NO_MASKS: readonly MaskRuns[] = [];

/** Masks that the one of `object` must leave alone; none while protection is off. */
export function protectedFrom(work: Work, object: string): readonly MaskRuns[] {
  if (!work.protect) return NO_MASKS;
  return work.objects.flatMap((other) =>
    other.state === "finished" && other.id !== object && other.shown ? [other.shown.mask] : [],
  );
}

/** A finished object whose mask leaves the other finished ones alone. */
export function clipped(object: Obj, work: Work, size: ImageInfo, masks: Masks): Obj {
  const others = protectedFrom(work, object.id);
  if (object.state !== "finished" || !object.shown || others.length === 0) return object;
  const mask = masks.subtract(object.shown.mask, others, size);
  return { ...object, shown: { ...object.shown, mask, area: masks.area(mask) } };
}
