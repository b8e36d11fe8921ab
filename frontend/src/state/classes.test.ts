import { expect, test } from "vitest";
import { click, reduce, stateAfter } from "../testing/work";
import { classForKey, colourOf, DEFAULT_CLASSES, nextClass, PALETTE } from "./classes";
import type { ObjectClass } from "./state";

test("a new class gets the next colour and the next key", () => {
  expect(nextClass(DEFAULT_CLASSES, "Grey cat")).toEqual({
    id: "grey-cat",
    name: "Grey cat",
    color: PALETTE[1],
    key: "2",
  });
});

test("names that look alike get ids of their own", () => {
  const classes = [...DEFAULT_CLASSES, nextClass(DEFAULT_CLASSES, "cat")];

  expect(nextClass(classes, "Cat!").id).toBe("cat-2");
  expect(nextClass(classes, "猫").id).toBe("class");
});

test("from the tenth class on there is no key, from the thirteenth colours come again", () => {
  const classes: ObjectClass[] = [];
  for (let num = 0; num < 13; num++) classes.push(nextClass(classes, `class ${num}`));

  expect(classes[8]?.key).toBe("9");
  expect(classes[9]?.key).toBeNull();
  expect(new Set(classes.slice(0, 12).map((one) => one.color)).size).toBe(12);
});

test("the sticky class is one of the project's", () => {
  const cat = { id: "cat", name: "cat", color: "#123456", key: "2" };
  const state = reduce(stateAfter(click(3, 3)), { type: "classes", classes: [cat] });

  expect(state.view.class).toBe("cat");
  expect(classForKey(state, "2")).toEqual(cat);
  expect(colourOf(state.classes, "cat")).toBe("#123456");
});
