import { expect, test } from "vitest";
import { rectangle } from "../testing/masks";
import { around, coarser, visibleBox } from "./boxes";
import { dotAt, objectAt } from "./hits";
import type { Dot } from "./types";

const IMAGE = { width: 40, height: 30 };
const plain = { sign: 1, isMuted: false, hasWarning: false, isHovered: false, isWaiting: false };
const dots = [
  { ...plain, id: "c1", x: 10, y: 10 },
  { ...plain, id: "c2", x: 12, y: 10 },
] as Dot[];

test("dots are as large on the screen at any zoom", () => {
  const far = { scale: 0.5, left: 0, top: 0 };
  const near = { scale: 8, left: 0, top: 0 };

  expect(dotAt(dots, { x: 13, y: 5 }, far)).toBe("c2");
  expect(dotAt(dots, { x: 85, y: 80 }, near)).toBe("c1");
  expect(dotAt(dots, { x: 70.9, y: 80 }, near)).toBeNull();
});

test("the topmost object is the one that is hit", () => {
  const object = (id: string, left: number) => ({
    id,
    colour: "#ffffff",
    mask: rectangle([left, 0, 10, 10], IMAGE),
  });
  const objects = [object("o1", 0), object("o2", 5)];

  expect(objectAt(objects, { x: 7.5, y: 3 })).toBe("o2");
  expect(objectAt(objects, { x: 2.5, y: 3 })).toBe("o1");
  expect(objectAt(objects, { x: 20, y: 3 })).toBeNull();
});

test("boxes are joined, made coarser and cut to what is in view", () => {
  expect(around([0, 0, 0, 0], [3, 4, 5, 6])).toEqual([3, 4, 5, 6]);
  expect(around([0, 0, 2, 2], [3, 4, 5, 6])).toEqual([0, 0, 8, 10]);
  expect(coarser([3, 4, 5, 6], 2)).toEqual([1, 2, 3, 3]);
  expect(visibleBox(IMAGE, { scale: 2, left: -10, top: 5 }, { width: 40, height: 20 })).toEqual([
    5, 0, 20, 8,
  ]);
  expect(visibleBox(IMAGE, { scale: 2, left: 99, top: 0 }, { width: 40, height: 20 })).toEqual([
    0, 0, 0, 0,
  ]);
});
