import { expect, test } from "vitest";
import { answered, answerTo, click, continued, reduce, stateAfter } from "../testing/work";
import { type Wish, wishes } from "./requests";
import { maskState, openObject } from "./selectors";
import type { State } from "./state";

const wish = (state: State): Wish => {
  const [first] = wishes(state);
  if (!first) throw new Error("nothing is asked for");
  return first;
};

test("all clicks that count are asked for, in order, with one rev", () => {
  const state = stateAfter(click(10, 10), click(20, 20, -1), click(30, 30), {
    type: "mute",
    click: "c1",
  });

  expect(wish(state)).toMatchObject({
    clickIds: ["c2", "c3"],
    body: {
      object: "o1",
      mode: "auto",
      clicks: [
        [20, 20, -1],
        [30, 30, 1],
      ],
      threshold: 0.5,
      init: null,
    },
  });
});

test("an answer to an older rev changes nothing", () => {
  const first = stateAfter(click(10, 10));
  const second = reduce(first, click(20, 20));

  const state = reduce(answered(second), answerTo(wish(first)));

  expect(state.work).toEqual(answered(second).work);
});

test("an answer that comes after undo changes no pixel", () => {
  const first = answered(stateAfter(click(10, 10)));
  const second = reduce(first, click(20, 20));
  const undone = reduce(second, { type: "undo" });

  const late = reduce(undone, answerTo(wish(second)));

  expect(late.work).toBe(undone.work);
  expect(openObject(undone)?.shown).toEqual(openObject(first)?.shown);
  expect(openObject(undone)?.rev).toBeGreaterThan(openObject(second)?.rev ?? 0);
  expect(wishes(undone)).toEqual([]);
});

test("an answer that came late for the page is there when redo asks for it", () => {
  const second = stateAfter(click(10, 10), click(20, 20));
  const late = continued(second, { type: "undo" }, answerTo(wish(second)));

  const redone = reduce(late, { type: "redo" });

  expect(openObject(redone)).toMatchObject({ clicks: [{}, {}], phase: { kind: "final" } });
  expect(wishes(redone)).toEqual([]);
});

test("a preview is shown at once and refined with the same rev", () => {
  const state = stateAfter(click(10, 10));

  const preview = reduce(state, answerTo(wish(state), "preview"));
  const refining = wish(preview);
  const final = reduce(preview, answerTo(refining));

  expect(maskState(preview)).toBe("preview");
  expect(refining.body).toMatchObject({ mode: "refine", rev: wish(state).body.rev });
  expect(refining.key).not.toBe(wish(state).key);
  expect(maskState(final)).toBe("final");
});

test("a preview that comes after the final mask of the same clicks is dropped", () => {
  const state = stateAfter(click(10, 10));
  const final = reduce(state, answerTo(wish(state)));

  expect(reduce(final, answerTo(wish(state), "preview"))).toBe(final);
});

test("an error keeps the clicks and the last mask, and retry asks under a new rev", () => {
  const shown = answered(stateAfter(click(10, 10)));
  const queued = reduce(shown, click(20, 20));
  const failure = { code: "timeout", detail: "The server did not answer in time." };

  const failed = reduce(queued, {
    type: "failed",
    object: "o1",
    rev: wish(queued).body.rev,
    failure,
  });
  const again = reduce(failed, { type: "retry", object: "o1" });

  expect(openObject(failed)).toMatchObject({
    phase: { kind: "error", failure },
    clicks: [{}, {}],
    shown: openObject(shown)?.shown,
  });
  expect(wishes(failed)).toEqual([]);
  expect(wish(again).body.rev).toBeGreaterThan(wish(queued).body.rev);
});

test("a failure of an older rev is no news", () => {
  const first = stateAfter(click(10, 10));
  const second = reduce(first, click(20, 20));
  const failure = { code: "internal", detail: "" };
  const { rev } = wish(first).body;

  expect(reduce(second, { type: "failed", object: "o1", rev, failure })).toBe(second);
});

test("an answer to another image finds nothing", () => {
  const state = stateAfter(click(10, 10));
  const other = continued(
    state,
    { type: "open-image", image: { ...image(state), id: "b2" }, document: null },
    click(5, 5),
  );

  expect(reduce(other, answerTo(wish(state)))).toBe(other);
});

function image(state: State) {
  if (!state.image) throw new Error("no image is open");
  return state.image;
}
