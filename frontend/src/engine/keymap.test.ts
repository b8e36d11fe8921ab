import { describe, expect, test } from "vitest";
import { type Binding, bindingFor, heldBy, KEYS, nameOf, type Place, type Stroke } from "./keymap";

const PLACES: readonly Place[] = ["control", "canvas", "body"];

/** The stroke that a keyboard makes of "Ctrl+Shift+Z". */
function stroke(name: string, more: Partial<Stroke> = {}): Stroke {
  const parts = name === "+" ? ["+"] : name.split("+");
  const key = parts.at(-1) ?? "";
  const [ctrlKey, isShifted] = [parts.includes("Ctrl"), parts.includes("Shift")];
  const written = key === "Space" ? " " : key.length > 1 || isShifted ? key : key.toLowerCase();
  const shiftKey = isShifted || "?+".includes(key);
  const flags = { ctrlKey, shiftKey, metaKey: false, altKey: false, repeat: false };
  return { key: written, code: "", ...flags, ...more };
}

const action = (name: string, place: Place = "canvas", more: Partial<Stroke> = {}) =>
  bindingFor(stroke(name, more), place)?.action ?? null;

test("each key of the table means its action in each of its places", () => {
  const missed = KEYS.flatMap((binding: Binding) =>
    binding.keys.flatMap((key) =>
      (binding.places ?? PLACES)
        .filter((place) => bindingFor(stroke(key), place) !== binding)
        .map((place) => `${key} in ${place}`),
    ),
  );

  expect(missed).toEqual([]);
});

test("no key means anything to one who types", () => {
  const heard = KEYS.flatMap(({ keys }) => keys).filter((key) => action(key, "typing"));

  expect(heard).toEqual([]);
});

describe("the browser keeps", () => {
  test.each([
    ["Tab", "canvas"],
    ["Enter", "control"],
    ["Space", "control"],
    ["ArrowLeft", "control"],
    ["Ctrl+A", "body"],
    ["Ctrl+F", "canvas"],
  ] as const)("%s in %s", (key, place) => {
    expect(action(key, place)).toBeNull();
  });

  test("everything with Alt", () => {
    expect(action("E", "canvas", { altKey: true })).toBeNull();
  });
});

test("arrows move the cursor on the canvas and change the image elsewhere", () => {
  const step = (key: string) => bindingFor(stroke(key), "canvas");

  expect(step("ArrowLeft")).toMatchObject({ action: "cursor-left", value: 1 });
  expect(step("Shift+ArrowUp")).toMatchObject({ action: "cursor-up", value: 10 });
  expect(step("Ctrl+ArrowDown")).toMatchObject({ action: "cursor-down", value: 50 });
  expect(action("ArrowLeft", "body")).toBe("previous-image");
});

test("single keys can be switched off, the others stay", () => {
  const options = { hasSingleKeys: false };
  const left = (name: string) => bindingFor(stroke(name), "canvas", options)?.action;

  expect(["E", "1", "?", "Shift+H", ","].map(left)).toEqual(Array(5).fill(undefined));
  expect(["Enter", "Ctrl+Z", "Space", "Escape", "Shift+ArrowUp"].map(left)).toEqual([
    "finish",
    "undo",
    "pan",
    "escape",
    "cursor-up",
  ]);
});

test("a key held down acts once, unless it is one that repeats", () => {
  expect(action("Ctrl+Z", "canvas", { repeat: true })).toBe("undo");
  expect(action("X", "canvas", { repeat: true })).toBeNull();
});

test("the command key of a Mac is Ctrl, and Caps Lock changes nothing", () => {
  expect(action("Z", "canvas", { metaKey: true })).toBe("undo");
  expect(action("X", "canvas", { key: "X" })).toBe("swap-sign");
});

test("a keyboard without Latin letters is read by the place of its keys", () => {
  expect(nameOf(stroke("я", { code: "KeyZ", ctrlKey: true }))).toBe("Ctrl+Z");
});

test("letting go of a held key ends its action, whatever else is down", () => {
  expect(heldBy(stroke("H", { shiftKey: true }))).toBe("hide");
  expect(heldBy(stroke("Space"))).toBe("pan");
  expect(heldBy(stroke("X"))).toBeNull();
});
