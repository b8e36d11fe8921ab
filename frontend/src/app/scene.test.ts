import { expect, it } from "vitest";

import { answered, click, continued, MASKS, stateAfter } from "../testing/work";
import { type Around, finishedShapes, sceneOf } from "./scene";

const AROUND: Around = {
  bitmap: null,
  masks: MASKS,
  hoveredDot: null,
  cursor: null,
  isPeeking: false,
  rings: "none",
  doubt: null,
  colourMap: "viridis",
};

it("shows a dot at once, and dashes the outline until its answer", () => {
  const waiting = stateAfter(click(10, 10));

  const before = sceneOf(waiting, AROUND);
  const after = sceneOf(answered(waiting), AROUND);

  expect(before?.dots).toMatchObject([{ x: 10, y: 10, sign: 1 }]);
  expect([before?.live?.isProvisional, after?.live?.isProvisional]).toEqual([true, false]);
});

it("rings only the newest of the dots that wait", () => {
  const state = stateAfter(click(10, 10), click(20, 20));

  const scene = sceneOf(state, { ...AROUND, rings: "newest" });

  expect(scene?.dots.map(({ isWaiting }) => isWaiting)).toEqual([false, true]);
});

it("shows a dragged dot where the pointer has it", () => {
  const draft = { kind: "dot", click: "c1", x: 30, y: 31 } as const;

  const scene = sceneOf(stateAfter(click(10, 10), { type: "draft", draft }), AROUND);

  expect(scene?.dots).toMatchObject([{ x: 30, y: 31 }]);
});

it("moves a finished object to the live layer while its threshold is dragged", () => {
  const state = continued(answered(stateAfter(click(10, 10))), { type: "finish" });
  const draft = { kind: "threshold", object: "o1", value: 0.7 } as const;

  const scene = sceneOf(continued(state, { type: "draft", draft }), AROUND);

  expect(scene?.finished).toEqual([]);
  expect(scene?.live).not.toBeNull();
});

it("leaves hidden objects out, and locked ones where the pointer looks for them", () => {
  const state = continued(answered(stateAfter(click(10, 10))), { type: "finish" });
  const hidden = continued(state, { type: "visible", object: "o1", visible: false });
  const locked = continued(state, { type: "lock", object: "o1", locked: true });

  expect(finishedShapes(hidden, {})).toHaveLength(0);
  expect(finishedShapes(locked, {})).toHaveLength(1);
  expect(finishedShapes(locked, { areLockedOut: true })).toHaveLength(0);
});

it("is nothing without an image", () => {
  const closed = continued(stateAfter(), { type: "open-image", image: null, document: null });

  expect(sceneOf(closed, AROUND)).toBeNull();
});
