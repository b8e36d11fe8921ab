/** Objects and the list of them: small functions that the edits are made of. */

import type { Click, Obj, Work } from "./state";

export const DEFAULT_THRESHOLD = 0.5;

export function newObject(id: string, classId: string): Obj {
  return {
    id,
    class: classId,
    clicks: [],
    threshold: DEFAULT_THRESHOLD,
    post: { largest: false, fill_px: 0 },
    init: null,
    shown: null,
    phase: { kind: "empty" },
    state: "open",
    visible: true,
    locked: false,
    rev: 0,
  };
}

export function objectOf(work: Work, id: string | undefined): Obj | null {
  return work.objects.find((one) => one.id === id) ?? null;
}

export function openObjectOf(work: Work): Obj | null {
  return work.open ? objectOf(work, work.open.id) : null;
}

export function withObject(work: Work, changed: Obj): Work {
  return {
    ...work,
    objects: work.objects.map((one) => (one.id === changed.id ? changed : one)),
  };
}

export function withoutObject(work: Work, id: string): Work {
  const open = work.open?.id === id ? null : work.open;
  return { ...work, open, objects: work.objects.filter((one) => one.id !== id) };
}

export function activeClicks(object: Obj): readonly Click[] {
  return object.clicks.filter((click) => !click.muted);
}

/** Nothing says what the mask should be: no click that counts, no mask to start from. */
export function isBlank(object: Obj): boolean {
  return object.init === null && activeClicks(object).length === 0;
}

/** The same question to the model: the same mask answers it. */
export function hasSameInput(one: Obj, other: Obj): boolean {
  return (
    one.clicks === other.clicks &&
    one.threshold === other.threshold &&
    one.post === other.post &&
    one.init === other.init
  );
}
