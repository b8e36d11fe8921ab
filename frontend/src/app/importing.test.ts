import { expect, it } from "vitest";

import { Problem } from "../api/problem";
import { missingClasses, toImported } from "./importing";

const RUNS = btoa(String.fromCharCode(0, 6));
const MASK = { bbox: [1, 2, 3, 2], runs: RUNS };

it("makes an object of each mask, to go on with", () => {
  const answer = { objects: [{ class: "cat", init: MASK, bbox: [0, 0, 0, 0], runs: "" }] };

  const [object] = toImported(answer, "object");

  expect(object).toMatchObject({ class: "cat", area: 6, mask: { bbox: [1, 2, 3, 2] } });
});

it("takes the object's own mask where no init came along", () => {
  const [object] = toImported({ objects: [MASK] }, "object");

  expect(object).toMatchObject({ class: "object", area: 6 });
});

it.each([null, {}, { objects: {} }, { objects: [{}] }, { objects: [7] }])(
  "refuses an answer such as %j",
  (answer) => {
    expect(() => toImported(answer, "object")).toThrow(Problem);
  },
);

it("finds the classes that the project lacks", () => {
  const cat = { id: "cat", name: "cat", color: "#4c8dff", key: null };

  expect(missingClasses({ objects: [], classes: [cat] })).toEqual([cat]);
  expect(missingClasses({ objects: [] })).toEqual([]);
});
