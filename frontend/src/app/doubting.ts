/** The layer that shows where the model is unsure, fetched when somebody looks. */

import { effect } from "@preact/signals";

import { asProblem } from "../api/problem";
import { variance } from "../api/segment";
import { text } from "../i18n/text";
import { toJson } from "../state/document";
import { activeClicks } from "../state/objects";
import type { SegmentBody } from "../state/requests";
import type { Obj } from "../state/state";
import { news, report } from "./failures";
import { client, insist, TAB } from "./server";
import { doubt, health, presentObject, state } from "./store";

let errand = new AbortController();

/** Hold or let go the key of the doubt layer. */
export function holdDoubt(isHeld: boolean): void {
  if (isHeld && !canShow()) return;
  doubt.value = { ...doubt.peek(), isHeld };
}

export function toggleDoubt(): void {
  const isOn = !doubt.peek().isOn;
  if (isOn && !canShow()) return;
  doubt.value = { ...doubt.peek(), isOn };
}

/** Keep the layer in step with the object it is about. */
export function followDoubt(): void {
  effect(() => {
    const { isHeld, isOn } = doubt.value;
    const object = presentObject.value;
    if (!(isHeld || isOn) || object?.phase.kind === "queued") return;
    const key = object && activeClicks(object).length > 0 ? keyOf(object) : null;
    if (key === doubt.value.of) return;
    errand.abort();
    errand = new AbortController();
    if (object === null || key === null) doubt.value = { ...doubt.value, of: null, grid: null };
    else void fetchDoubt(object, key, errand.signal);
  });
}

/** Whether there is a doubt to be shown; if not, the reason is said. */
function canShow(): boolean {
  if (health.peek()?.features.uncertainty !== true) {
    news("no-doubt", text("doubt.unavailable"));
    return false;
  }
  const object = presentObject.peek();
  if (object !== null && activeClicks(object).length > 0) return true;
  news("doubt-empty", text("doubt.empty"));
  return false;
}

async function fetchDoubt(object: Obj, key: string, signal: AbortSignal): Promise<void> {
  const image = state.peek().image?.id;
  if (image === undefined) return;
  doubt.value = { ...doubt.peek(), of: key, grid: null };
  try {
    const call = { image, client: `${TAB}-doubt`, body: toBody(object) };
    const grid = await insist(() => variance(client, call, signal), signal);
    if (doubt.peek().of === key) doubt.value = { ...doubt.peek(), grid };
  } catch (error) {
    if (asProblem(error) !== null) report(error);
  }
}

/** The answer that a doubt belongs to. */
function keyOf({ id, rev }: Obj): string {
  return `${id} ${rev}`;
}

function toBody(object: Obj): SegmentBody {
  return {
    object: object.id,
    rev: object.rev,
    mode: "auto",
    clicks: activeClicks(object).map(({ x, y, sign }) => [x, y, sign]),
    threshold: object.threshold,
    post: object.post,
    init: object.init && toJson(object.init),
    want: ["prob"],
  };
}
