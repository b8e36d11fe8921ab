/** Masks without others, with others, and in common: sweeps over their spans. */

import { doOverlap } from "./boxes";
import { EMPTY_MASK, fromSpans, toSpans } from "./runs";
import type { MaskRuns, Size } from "./types";

/** `mask` without the pixels of `others`; the same object if they share none. */
export function subtract(mask: MaskRuns, others: readonly MaskRuns[], size: Size): MaskRuns {
  const near = others.filter((other) => doOverlap(mask.bbox, other.bbox));
  if (near.length === 0) return mask;
  const before = toSpans(mask, size.width);
  const after = near.reduce(
    (spans, other) => combined(spans, toSpans(other, size.width), (a, b) => a && !b),
    before,
  );
  return coveredBy(after) === coveredBy(before) ? mask : fromSpans(after, size.width);
}

export function union(masks: readonly MaskRuns[], size: Size): MaskRuns {
  const spans = masks.map((mask) => toSpans(mask, size.width));
  const all = spans.reduce((a, b) => combined(a, b, (inA, inB) => inA || inB), new Uint32Array());
  return fromSpans(all, size.width);
}

export function intersect(mask: MaskRuns, other: MaskRuns, size: Size): MaskRuns {
  if (!doOverlap(mask.bbox, other.bbox)) return EMPTY_MASK;
  const [a, b] = [toSpans(mask, size.width), toSpans(other, size.width)];
  return fromSpans(
    combined(a, b, (inA, inB) => inA && inB),
    size.width,
  );
}

function coveredBy(spans: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < spans.length; i += 2) sum += (spans[i + 1] ?? 0) - (spans[i] ?? 0);
  return sum;
}

/** Spans where `rule` holds, given whether either list covers a pixel. */
function combined(
  a: Uint32Array,
  b: Uint32Array,
  rule: (inA: boolean, inB: boolean) => boolean,
): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  let [i, j, count] = [0, 0, 0];
  let isOn = false;
  while (i < a.length || j < b.length) {
    const at = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    // An edge that two spans of one list share starts and ends nothing.
    while (a[i] === at) i += 1;
    while (b[j] === at) j += 1;
    const isNow = rule(i % 2 === 1, j % 2 === 1);
    if (isNow !== isOn) out[count++] = at;
    isOn = isNow;
  }
  return out.slice(0, count);
}
