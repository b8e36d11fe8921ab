import { beforeAll, expect, it } from "vitest";

import en from "../i18n/en.json";
import { learn } from "../i18n/text";
import type { Event } from "../state/events";
import type { State } from "../state/state";
import { answered, click, continued, stateAfter } from "../testing/work";
import { sentenceFor } from "./narrator";

beforeAll(() => learn(en));

function said(state: State, ...events: readonly Event[]): string | null {
  return sentenceFor(state, continued(state, ...events));
}

it("says each click with its place", () => {
  const state = stateAfter(click(10, 10), click(20, 20));

  expect(said(state, click(8.6, 30.2, -1))).toBe("Negative click 3 at 8, 30.");
});

it("says how much the mask covers once it is there", () => {
  const state = stateAfter(click(10, 10));

  const sentence = sentenceFor(state, answered(state));

  expect(sentence).toMatch(/^Positive click 1 at 10, 10\. Mask covers \d+%\.$/);
});

it("says what was undone and redone", () => {
  const state = stateAfter(click(10, 10), click(20, 20));

  expect(said(state, { type: "undo" })).toBe("Undone: click.");
  expect(said(continued(state, { type: "undo" }), { type: "redo" })).toBe("Redone: click.");
});

it("says when an object is finished, and when it is given up", () => {
  const state = answered(stateAfter(click(10, 10)));

  expect(said(state, { type: "finish" })).toBe("Object 1 is finished.");
  expect(said(state, { type: "cancel" })).toBe("Object 1 is given up.");
});

it("keeps silent about looks", () => {
  expect(said(stateAfter(click(10, 10)), { type: "opacity", value: 0.2 })).toBeNull();
});
