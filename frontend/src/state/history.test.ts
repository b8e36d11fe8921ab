import { expect, test } from "vitest";
import { answered, click, continued, reduce, stateAfter } from "../testing/work";
import { trimmed } from "./history";
import { wishes } from "./requests";
import type { LogEntry, Obj, State, Work } from "./state";

test("beyond its bytes the log drops the oldest masks and keeps all clicks", () => {
  const entries = [1, 2, 3, 4].map((num) => entry(num, 100));

  const kept = trimmed(entries, workOf(5, 100), 250);

  expect(kept.map(({ work }) => work.objects[0]?.shown !== null)).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(kept.map(({ work }) => work.objects[0]?.clicks)).toEqual(
    entries.map(({ work }) => work.objects[0]?.clicks),
  );
});

test("a mask that the present shows costs nothing and is never dropped", () => {
  const shared = entry(1, 1000);

  expect(trimmed([shared, shared], shared.work, 10)).toEqual([shared, shared]);
});

test("a dropped mask is asked for again when undo comes back to it", () => {
  const state = answered(continued(answered(stateAfter(click(10, 10))), click(20, 20)));
  const past = trimmed(state.log.past, state.work, 0);

  const undone = reduce({ ...state, log: { ...state.log, past } }, { type: "undo" });

  expect(wishes(undone)).toHaveLength(1);
  expect(wishes(undone)[0]?.body.clicks).toEqual([[10, 10, 1]]);
});

function entry(num: number, bytes: number): LogEntry {
  return { label: "click", work: workOf(num, bytes) };
}

function workOf(num: number, bytes: number): Work {
  const [object] = answered(stateAfter(click(num, num))).work.objects;
  if (!object?.shown) throw new Error("not answered");
  const mask = { ...object.shown.mask, runs: new Uint8Array(bytes) };
  const heavy: Obj = { ...object, shown: { ...object.shown, mask } };
  return { ...EMPTY_WORK, objects: [heavy] };
}

const EMPTY_WORK: State["work"] = { objects: [], open: null, protect: true };
