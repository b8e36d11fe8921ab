import { expect, it } from "vitest";

import { type Wish, wishes } from "../state/requests";
import type { Answer } from "../state/state";
import { click, continued, stateAfter } from "../testing/work";
import { Asker } from "./asker";

function setUp() {
  const sent: { readonly wish: Wish; readonly signal: AbortSignal }[] = [];
  const asker = new Asker({
    send: (wish, signal) => {
      sent.push({ wish, signal });
      return new Promise<{ rev: number; answer: Answer }>(() => undefined);
    },
    onAnswer: () => undefined,
    onError: () => undefined,
    now: () => 0,
  });
  return { asker, sent };
}

it("sends a wish once, however often the state changes around it", () => {
  const { asker, sent } = setUp();
  const state = stateAfter(click(10, 10));

  asker.follow(wishes(state));
  asker.follow(wishes(continued(state, { type: "opacity", value: 0.3 })));

  expect(sent).toHaveLength(1);
});

it("lets a new click overtake the one under way", () => {
  const { asker, sent } = setUp();
  const state = stateAfter(click(10, 10));

  asker.follow(wishes(state));
  asker.follow(wishes(continued(state, click(20, 20))));

  expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

it("aborts what an undo has made pointless", () => {
  const { asker, sent } = setUp();
  const state = stateAfter(click(10, 10));

  asker.follow(wishes(state));
  asker.follow(wishes(continued(state, { type: "undo" })));

  expect(sent[0]?.signal.aborted).toBe(true);
});

it("goes on with one object while another is clicked", () => {
  const { asker, sent } = setUp();
  const state = stateAfter(click(10, 10), { type: "finish" });

  asker.follow(wishes(state));
  asker.follow(wishes(continued(state, click(40, 40))));

  expect(sent.map(({ signal }) => signal.aborted)).toEqual([false, false]);
});
