/** Laws of undo: what was done can be undone and redone, whatever the server does. */

import { describe, expect, test } from "vitest";
import { Random } from "../testing/random";
import { answered, click, MASKS, reduce, stateAfter } from "../testing/work";
import type { Event } from "./events";
import { wishes } from "./requests";
import { stateHash } from "./selectors";
import type { Obj, State } from "./state";

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

describe.each(SEEDS)("with random actions (seed %i)", (seed) => {
  test("20 undo and 20 redo come back to the same work and ask nothing", () => {
    const { hashes, state } = played(new Random(seed), 20);

    const undone = times(20, state, "undo");
    const redone = times(20, undone.at(-1) ?? state, "redo");

    expect(undone.map(stateHash)).toEqual(hashes.slice(0, -1).reverse());
    expect(redone.map(stateHash)).toEqual(hashes.slice(1));
    expect([...undone, ...redone].flatMap(wishes)).toEqual([]);
  });

  test("every revision of an object is higher than those before", () => {
    const random = new Random(seed);
    const highest = new Map<string, number>();
    let state = stateAfter();

    for (let step = 0; step < 60; step++) {
      const before = state;
      const event = random.next() < 0.4 ? move(random) : action(random, state);
      state = reduce(state, event);
      if (random.next() < 0.5) state = answered(state);

      for (const object of state.work.objects.filter((one) => isOther(one, before))) {
        expect(object.rev).toBeGreaterThan(highest.get(object.id) ?? 0);
      }
      for (const { id, rev } of state.work.objects) highest.set(id, rev);
    }
  });

  test("finished masks never overlap while they are protected", () => {
    const random = new Random(seed);
    let state = stateAfter();

    for (let step = 0; step < 40; step++) {
      const event = random.next() < 0.2 ? move(random) : action(random, state);
      if (event.type !== "protect" && event.type !== "import") state = reduce(state, event);
      if (random.next() < 0.7) state = answered(state);
      expect(numCoveredTwice(state)).toBe(0);
    }
  });
});

test("a new edit forgets what could be redone", () => {
  const state = [click(5, 5), click(9, 9), { type: "undo" } as const, click(20, 20)].reduce(
    reduce,
    stateAfter(),
  );

  expect(state.log.future).toEqual([]);
  expect(reduce(state, { type: "redo" })).toEqual(state);
});

/** `count` actions that each changed the log, all answered; a hash before and after each. */
function played(random: Random, count: number) {
  let state = stateAfter();
  const hashes = [stateHash(state)];
  while (hashes.length <= count) {
    const next = answered(reduce(state, action(random, state)));
    if (next.log.past.length > state.log.past.length) hashes.push(stateHash(next));
    state = next;
  }
  return { hashes, state };
}

function times(count: number, from: State, type: "undo" | "redo"): State[] {
  const states: State[] = [];
  for (let state = from; states.length < count; states.push(state)) {
    state = reduce(state, { type });
  }
  return states;
}

const move = (random: Random): Event => ({ type: random.next() < 0.5 ? "undo" : "redo" });

function action(random: Random, state: State): Event {
  const clickId = random.pick(state.work.objects.flatMap((one) => one.clicks))?.id ?? "c0";
  const object = random.pick(state.work.objects)?.id ?? "o0";
  const place = { x: random.below(6400) / 100, y: random.below(4800) / 100 };
  const sign = random.next() < 0.7 ? 1 : -1;
  const events: readonly Event[] = [
    { type: "click", ...place, sign },
    { type: "click", ...place, sign },
    { type: "click", ...place, sign: 1 },
    { type: "move", click: clickId, ...place },
    { type: "flip", click: clickId },
    { type: "mute", click: clickId },
    { type: "remove", click: clickId },
    { type: "clear" },
    { type: "class", class: random.pick(["object", "cat"]) ?? "object" },
    { type: "threshold", object, value: random.next() },
    { type: "post", object, post: { largest: random.next() < 0.5, fill_px: random.below(9) } },
    { type: "finish" },
    { type: "finish" },
    { type: "reopen", object },
    { type: "cancel" },
    { type: "delete", object },
    { type: "lock", object, locked: random.next() < 0.3 },
    { type: "protect", on: random.next() < 0.5 },
  ];
  return random.pick(events) ?? { type: "finish" };
}

/** Its question to the model differs from the one before. */
function isOther(object: Obj, before: State): boolean {
  const was = before.work.objects.find((one) => one.id === object.id);
  return (
    was?.clicks !== object.clicks ||
    was.threshold !== object.threshold ||
    was.post !== object.post ||
    was.init !== object.init
  );
}

function numCoveredTwice(state: State): number {
  const count = new Uint8Array(64 * 48);
  for (const { shown, state: kind } of state.work.objects) {
    if (kind !== "finished" || !shown) continue;
    const [left, top, width, height] = shown.mask.bbox;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        if (MASKS.contains(shown.mask, x, y)) count[y * 64 + x] = (count[y * 64 + x] ?? 0) + 1;
      }
    }
  }
  return count.filter((num) => num > 1).length;
}
