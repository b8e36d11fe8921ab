import { expect, test } from "vitest";
import { answered, click, continued, MASKS, reduce, stateAfter } from "../testing/work";
import { openObject, satisfied, warningOf } from "./selectors";
import type { State } from "./state";

const signs = (state: State) => openObject(state)?.clicks.map((one) => one.sign);
const places = (state: State) => openObject(state)?.clicks.map((one) => [one.x, one.y]);

test("the first click opens an object of the sticky class and waits for its mask", () => {
  const state = stateAfter({ type: "class", class: "cat" }, click(10, 10));

  expect(openObject(state)).toMatchObject({
    id: "o1",
    class: "cat",
    phase: { kind: "queued" },
    clicks: [{ id: "c1", x: 10, y: 10, sign: 1, muted: false }],
  });
});

test("a first click that is negative is refused with a word", () => {
  const state = stateAfter(click(10, 10, -1));

  expect(state.work.objects).toEqual([]);
  expect(state.notice?.code).toBe("first-negative");
});

test("a second click of the same sign on one pixel is no click", () => {
  expect(places(stateAfter(click(10.2, 10.2), click(10.9, 10.9), click(11, 10)))).toHaveLength(2);
});

test("opposite clicks on one pixel both count, in order", () => {
  expect(signs(stateAfter(click(10, 10), click(10, 10, -1)))).toEqual([1, -1]);
});

test("places are kept in hundredths and never on the far edge", () => {
  const state = stateAfter(click(10.12345, 0.006), click(63.999, 48.9));

  expect(places(state)).toEqual([
    [10.12, 0.01],
    [63.99, 47.99],
  ]);
});

test.each([
  [-1.01, 5],
  [65.01, 5],
  [5, Number.NaN],
  [5, Number.POSITIVE_INFINITY],
])("a click at %d, %d is refused", (x, y) => {
  const state = stateAfter(click(x, y));

  expect(state.work.objects).toEqual([]);
  expect(state.notice?.code).toBe("outside");
});

test("the 201st click is refused", () => {
  let state = stateAfter();
  for (let num = 0; num < 201; num++) state = reduce(state, click(num % 60, Math.floor(num / 60)));

  expect(places(state)).toHaveLength(200);
  expect(state.notice?.code).toBe("click-limit");
});

test("dragging a dot changes that click only, in one entry of the log", () => {
  const before = stateAfter(click(10, 10), click(20, 20));
  const draft = { kind: "dot", click: "c1", x: 11, y: 12 } as const;

  const state = continued(
    before,
    { type: "draft", draft },
    { type: "move", click: "c1", x: 12, y: 13 },
  );

  expect(places(state)).toEqual([
    [12, 13],
    [20, 20],
  ]);
  expect(state.log.past).toHaveLength(before.log.past.length + 1);
  expect(state.view.draft).toBeNull();
});

test("a dot put back where it was is no edit", () => {
  const before = stateAfter(click(10, 10));

  expect(reduce(before, { type: "move", click: "c1", x: 10, y: 10 })).toBe(before);
});

test("clicks are flipped and removed one by one", () => {
  const state = stateAfter(
    click(10, 10),
    click(20, 20),
    { type: "flip", click: "c2" },
    { type: "remove", click: "c1" },
  );

  expect(signs(state)).toEqual([-1]);
});

test("with all clicks muted the object is empty, and shows no mask", () => {
  const state = reduce(answered(stateAfter(click(10, 10))), { type: "mute", click: "c1" });

  expect(openObject(state)).toMatchObject({ phase: { kind: "empty" }, shown: null });
});

test("a click that the model was forced to obey wears its reason", () => {
  const state = stateAfter(click(10, 10), click(20, 20, -1));
  const object = openObject(state);
  const shown = answered(state);
  const forced = continued(state, {
    type: "answer",
    object: "o1",
    rev: object?.rev ?? 0,
    clicks: ["c1", "c2"],
    threshold: 0.5,
    answer: { ...toFinal(shown), marks: ["ok", "forced"] },
  });

  expect(warnings(forced)).toEqual([null, "forced"]);
});

test("a positive click inside a protected object says so; without protection it is fine", () => {
  const finished = reduce(answered(stateAfter(click(10, 10))), { type: "finish" });
  const state = continued(finished, click(30, 30), click(11, 10));

  expect(warnings(state)).toEqual([null, "inside-finished"]);
  expect(openObject(state) && satisfied(state, state.work.objects[1] ?? never(), MASKS)).toEqual({
    ok: 1,
    total: 2,
  });
  expect(warnings(reduce(state, { type: "protect", on: false }))).toEqual([null, null]);
});

function warnings(state: State) {
  const object = openObject(state);
  return object?.clicks.map((one) => warningOf(state, object, one, MASKS));
}

function toFinal(state: State) {
  const shown = openObject(state)?.shown;
  if (!shown) throw new Error("not answered");
  return { ...shown, kind: "final" } as const;
}

function never(): never {
  throw new Error("there is no such object");
}
