import { expect, test } from "vitest";
import { rectangle } from "../testing/masks";
import { answered, click, continued, IMAGE, MASKS, reduce, stateAfter } from "../testing/work";
import { maskState, openObject, selectedObject } from "./selectors";
import type { Obj, State } from "./state";

const finish = { type: "finish" } as const;
const object = (state: State, at: number): Obj => {
  const found = state.work.objects[at];
  if (!found) throw new Error(`there is no object ${at}`);
  return found;
};
const twoFinished = () =>
  continued(answered(stateAfter(click(10, 10))), finish, click(40, 30), finish);

test("the click after finish starts the next object", () => {
  const state = continued(answered(stateAfter(click(10, 10))), finish, click(40, 30));

  expect(state.work.objects.map(({ id, state: kind }) => [id, kind])).toEqual([
    ["o1", "finished"],
    ["o2", "open"],
  ]);
});

test("there is nothing to finish without a click that counts", () => {
  const state = stateAfter(click(10, 10), { type: "clear" }, finish);

  expect(openObject(state)?.id).toBe("o1");
  expect(state.notice?.code).toBe("nothing-to-finish");
});

test("an object finished before its answer gets it, cut by its neighbours", () => {
  const first = continued(answered(stateAfter(click(10, 10))), finish);
  const early = continued(first, click(13, 10), finish);

  const state = answered(early);

  expect(object(early, 1).phase.kind).toBe("queued");
  expect(object(state, 1)).toMatchObject({ state: "finished", phase: { kind: "final" } });
  expect(MASKS.contains(maskOf(object(state, 0)), 10, 10)).toBe(true);
  expect(MASKS.contains(maskOf(object(state, 1)), 10, 10)).toBe(false);
  expect(object(state, 1).shown?.area).toBe(MASKS.area(maskOf(object(state, 1))));
});

test("without protection masks may overlap", () => {
  const first = continued(stateAfter({ type: "protect", on: false }, click(10, 10)), finish);

  const state = answered(continued(first, click(13, 10), finish));

  expect(MASKS.contains(maskOf(object(state, 1)), 12, 10)).toBe(true);
  expect(MASKS.contains(maskOf(object(state, 0)), 12, 10)).toBe(true);
});

test("a re-opened object has its clicks and its mask, and takes more", () => {
  const before = answered(twoFinished());
  const reopened = reduce(before, { type: "reopen", object: "o1" });

  expect(openObject(reopened)).toEqual({ ...object(before, 0), state: "open" });
  expect(openObject(reduce(reopened, click(12, 12, -1)))?.clicks).toHaveLength(2);
});

test("re-opening one object finishes the other", () => {
  const state = continued(answered(twoFinished()), click(5, 40), { type: "reopen", object: "o1" });

  expect(state.work.objects.map((one) => one.state)).toEqual(["open", "finished", "finished"]);
});

test("cancel takes a new object away, and puts a re-opened one back as it was", () => {
  const before = answered(twoFinished());

  const fresh = continued(before, click(5, 40), { type: "cancel" });
  const again = continued(before, { type: "reopen", object: "o1" }, click(12, 12, -1), {
    type: "cancel",
  });

  expect(fresh.work.objects).toEqual(before.work.objects);
  expect(object(again, 0)).toEqual({ ...object(before, 0), rev: object(again, 0).rev });
  expect(again.work.open).toBeNull();
});

test("a locked object is neither re-opened nor changed nor deleted", () => {
  const locked = reduce(answered(twoFinished()), { type: "lock", object: "o1", locked: true });

  for (const event of [
    { type: "reopen", object: "o1" },
    { type: "delete", object: "o1" },
    { type: "class", class: "cat", object: "o1" },
    { type: "threshold", object: "o1", value: 0.7 },
  ] as const) {
    const state = reduce(locked, event);
    expect(state.work).toBe(locked.work);
    expect(state.notice?.code).toBe("locked");
  }
});

test("undo brings a deleted object back with its clicks", () => {
  const before = answered(twoFinished());

  const state = continued(before, { type: "delete", object: "o1" }, { type: "undo" });

  expect(object(state, 0).clicks).toEqual(object(before, 0).clicks);
  expect(object(state, 0).phase.kind).toBe("final");
});

test("a class key relabels the selection and sticks", () => {
  const state = continued(
    answered(twoFinished()),
    { type: "select", object: "o2" },
    { type: "class", class: "cat" },
    click(5, 40),
  );

  expect(state.work.objects.map((one) => one.class)).toEqual(["object", "cat", "cat"]);
});

test("a selection ends with its object", () => {
  const selected = reduce(answered(twoFinished()), { type: "select", object: "o2" });

  expect(selectedObject(selected)?.id).toBe("o2");
  expect(selectedObject(reduce(selected, { type: "delete", object: "o2" }))).toBeNull();
  expect(selectedObject(reduce(selected, { type: "reopen", object: "o2" }))).toBeNull();
});

test("the threshold slider asks once, when it is let go", () => {
  const before = answered(stateAfter(click(10, 10)));
  const draft = (value: number) => ({
    type: "draft" as const,
    draft: { kind: "threshold" as const, object: "o1", value },
  });

  const moving = continued(before, draft(0.6), draft(0.7));
  const state = reduce(moving, { type: "threshold", object: "o1", value: 0.704 });

  expect(moving.work).toBe(before.work);
  expect(openObject(state)).toMatchObject({ threshold: 0.7, phase: { kind: "queued" } });
  expect(state.log.past).toHaveLength(before.log.past.length + 1);
});

test("an imported mask is a finished object that one click does not wipe out", () => {
  const mask = rectangle([4, 4, 20, 20], IMAGE);
  const imported = stateAfter({ type: "import", objects: [{ class: "cat", mask, area: 400 }] });

  expect(object(imported, 0)).toMatchObject({
    state: "finished",
    class: "cat",
    init: mask,
    shown: { mask, area: 400 },
    phase: { kind: "final" },
  });
  const clicked = continued(imported, { type: "reopen", object: "o1" }, click(30, 10));
  expect(openObject(clicked)).toMatchObject({ init: mask, phase: { kind: "queued" } });
  const back = reduce(clicked, { type: "clear" });
  expect(openObject(back)).toMatchObject({ shown: { mask }, phase: { kind: "final" } });
});

test("visibility is a view setting: undo leaves it alone", () => {
  const hidden = reduce(answered(twoFinished()), { type: "visible", object: "o1", visible: false });

  const state = continued(hidden, { type: "class", class: "cat", object: "o1" }, { type: "undo" });

  expect(object(state, 0).visible).toBe(false);
});

test("the mask's state follows the open object", () => {
  const open = stateAfter(click(10, 10));

  expect(maskState(stateAfter())).toBe("none");
  expect(maskState(open)).toBe("queued");
  expect(maskState(answered(open))).toBe("final");
});

function maskOf({ shown }: Obj) {
  if (!shown) throw new Error("no mask yet");
  return shown.mask;
}
