/** Follows the state for those who cannot see it, and for hints that have done their work. */

import { effect } from "@preact/signals";

import type { State } from "../state/state";
import { announce } from "./announce";
import { news } from "./failures";
import { changeSettings } from "./looks";
import { noticeText, sentenceFor } from "./narrator";
import { type HintName, withHintDone } from "./settings";
import { settings, state } from "./store";

export function followState(): void {
  let before: State = state.peek();
  effect(() => {
    const after = state.value;
    const was = before;
    before = after;
    if (after === was) return;
    const sentence = sentenceFor(was, after);
    if (sentence !== null) announce(sentence);
    if (after.notice !== null && after.notice !== was.notice) {
      news(`notice-${after.notice.code}`, noticeText(after.notice));
    }
    noteHints(was, after);
  });
}

/** A hint is gone for good once its gesture was made. */
function noteHints(was: State, after: State): void {
  if (after.work === was.work) return;
  const clicks = after.work.objects.flatMap((object) => object.clicks);
  const done: HintName[] = [
    ...(clicks.some(({ sign }) => sign > 0) ? ["click" as const] : []),
    ...(clicks.some(({ sign }) => sign < 0) ? ["negative" as const] : []),
    ...(after.log.past.at(-1)?.label === "finish" ? ["finish" as const] : []),
  ];
  const next = done.reduce(withHintDone, settings.peek());
  if (next !== settings.peek()) changeSettings({ doneHints: next.doneHints });
}
