import { expect, test } from "vitest";
import { rectangle } from "../testing/masks";
import { answered, click, continued, IMAGE, reduce, stateAfter } from "../testing/work";
import { fromBase64, toBase64 } from "./base64";
import { toDocument } from "./document";
import { EMPTY } from "./initial";
import { wishes } from "./requests";
import { stateHash } from "./selectors";
import type { State } from "./state";

const load = (state: State): State => {
  const document = toDocument(state, "lite0", 4);
  const plain = JSON.parse(JSON.stringify(document));
  return reduce(EMPTY, { type: "open-image", image: IMAGE, document: plain });
};

test("a document says all that is kept of an image", () => {
  const state = answered(stateAfter(click(10, 10)));

  expect(toDocument(state, "lite0", 4)).toEqual({
    schema: "gpcis/1",
    image: IMAGE,
    status: "progress",
    objects: [
      {
        id: "o1",
        class: "object",
        clicks: [{ id: "c1", x: 10, y: 10, sign: 1, muted: false }],
        threshold: 0.5,
        post: { largest: false, fill_px: 0 },
        bbox: [6, 6, 9, 9],
        runs: "AFE=",
        init: null,
        est_iou: 0.9,
        state: "open",
        visible: true,
        locked: false,
        strokes: [],
      },
    ],
    model: "lite0",
    revision: 4,
  });
});

test("work comes back from its document, and needs no request", () => {
  const mask = rectangle([30, 30, 9, 9], IMAGE);
  const state = continued(
    answered(stateAfter(click(10, 10), click(12, 12, -1))),
    { type: "finish" },
    { type: "import", objects: [{ class: "object", mask, area: 81 }] },
    { type: "lock", object: "o2", locked: true },
  );

  const loaded = load(state);

  expect(stateHash(loaded)).toBe(stateHash(state));
  expect(wishes(loaded)).toEqual([]);
  expect(loaded.changes).toBe(0);
});

test("a mask of older clicks is not saved but asked for again", () => {
  const state = reduce(answered(stateAfter(click(10, 10))), click(20, 20));

  expect(toDocument(state, null, 0)?.objects[0]).toMatchObject({ runs: "", bbox: [0, 0, 0, 0] });
  expect(wishes(load(state))).toHaveLength(1);
});

test("objects and clicks go on counting after a reload", () => {
  const loaded = load(continued(answered(stateAfter(click(10, 10))), { type: "finish" }));

  const state = reduce(loaded, click(40, 30));

  expect(state.work.objects.map((one) => one.id)).toEqual(["o1", "o2"]);
  expect(state.work.objects[1]?.clicks[0]?.id).toBe("c2");
});

test("an object without clicks and mask is not saved", () => {
  expect(toDocument(stateAfter(click(10, 10), { type: "clear" }), null, 0)?.objects).toEqual([]);
});

test("every change of what is saved is counted, a view setting is not", () => {
  const state = stateAfter(click(10, 10));

  expect(state.changes).toBe(1);
  expect(answered(state).changes).toBe(2);
  expect(reduce(state, { type: "opacity", value: 0.2 }).changes).toBe(1);
});

test("base64 keeps many bytes", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at * 7);

  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});
