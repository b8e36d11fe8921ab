/** Clicks go out, masks come in; slowness is said where it is noticed. */

import { effect } from "@preact/signals";

import { asProblem } from "../api/problem";
import { segment } from "../api/segment";
import { text } from "../i18n/text";
import { type Wish, wishes } from "../state/requests";
import type { Answer } from "../state/state";
import { Asker } from "./asker";
import { report } from "./failures";
import { client, insist, TAB } from "./server";
import { dispatch, isSlow, state, tell, times, untell, waitingCount } from "./store";

const RING_MS = 1000;
const TOAST_MS = 10_000;
const SLOW = "slow";

const asker = new Asker({
  send: (wish, signal) => insist(() => segment(client, toCall(wish), signal), signal),
  onAnswer,
  onError,
  now: () => performance.now(),
});

/** Ask for whatever the state wishes, from now on. */
export function followWishes(): void {
  effect(() => asker.follow(wishes(state.value)));
  effect(() => {
    if (waitingCount.value === 0) return untilSlow.clear();
    untilSlow.start();
  });
}

/** Give up waiting for the masks under way; the clicks stay. */
export function cancelWaiting(): void {
  for (const { body } of wishes(state.peek())) {
    asker.cancel(body.object);
    const failure = { code: "cancelled", detail: "" };
    dispatch({ type: "failed", object: body.object, rev: body.rev, failure });
  }
}

function toCall(wish: Wish): Parameters<typeof segment>[1] {
  return { image: state.peek().image?.id ?? "", client: TAB, body: wish.body };
}

function onAnswer({ body, clickIds }: Wish, answer: Answer, elapsedMs: number): void {
  const { object, rev, threshold } = body;
  const beat = answer.kind === "preview" ? "preview" : "refine";
  times.value = { ...times.peek(), [beat]: elapsedMs };
  dispatch({ type: "answer", object, rev, clicks: clickIds, threshold, answer });
}

function onError({ body }: Wish, error: unknown): void {
  const problem = asProblem(error);
  if (problem === null) return;
  const { object, rev } = body;
  const failure = { code: problem.code, detail: problem.detail };
  dispatch({ type: "failed", object, rev, failure });
  report(problem, { label: text("action.retry"), run: () => dispatch({ type: "retry", object }) });
}

/** Two clocks that start with the first waiting click. */
const untilSlow = {
  timers: [] as ReturnType<typeof setTimeout>[],
  start(): void {
    if (this.timers.length > 0) return;
    const ring = setTimeout(() => {
      isSlow.value = true;
    }, RING_MS);
    const toast = setTimeout(sayThatItIsSlow, TOAST_MS);
    this.timers = [ring, toast];
  },
  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    isSlow.value = false;
    untell(SLOW);
  },
};

function sayThatItIsSlow(): void {
  const action = { label: text("action.cancel"), run: cancelWaiting };
  tell({ code: SLOW, tone: "error", text: text("error.slow"), details: null, action });
}
