import { beforeEach, expect, test, vi } from "vitest";
import { rectangle } from "../testing/masks";
import { Composite } from "./composite";
import type { Box } from "./types";

const IMAGE = { width: 2000, height: 1000 };

/** What the contexts of all canvases have been told: boxes cleared, masks drawn. */
const told = { cleared: [] as Box[], drawn: 0 };

class FakeContext {
  imageSmoothingQuality = "low";
  clearRect(...box: [number, number, number, number]): void {
    told.cleared.push(box);
  }
  drawImage(): void {
    told.drawn += 1;
  }
  save(): void {}
  restore(): void {}
  scale(): void {}
  beginPath(): void {}
  rect(): void {}
  clip(): void {}
  putImageData(): void {}
}

class FakeCanvas {
  private readonly context = new FakeContext();

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  getContext(): FakeContext {
    return this.context;
  }
}

class FakeImageData {}

beforeEach(() => {
  vi.stubGlobal("OffscreenCanvas", FakeCanvas);
  vi.stubGlobal("ImageData", FakeImageData);
  told.cleared = [];
  told.drawn = 0;
});

const object = (id: string, left: number, colour = "#4c8dff") => ({
  id,
  colour,
  mask: rectangle([left, 100, 50, 40], IMAGE),
});

test("only the box of what has changed is painted again", () => {
  const composite = new Composite(IMAGE);
  const [first, second] = [object("o1", 0), object("o2", 500)];
  composite.update([first]);

  composite.update([first, second]);

  expect(told.cleared).toEqual([
    [0, 100, 50, 40],
    [500, 100, 50, 40],
  ]);
  expect(told.drawn).toBe(2);
});

test("a mask that gave way to another one leaves nothing behind", () => {
  const composite = new Composite(IMAGE);
  composite.update([object("o1", 0)]);

  composite.update([object("o1", 30)]);

  expect(told.cleared.at(-1)).toEqual([0, 100, 80, 40]);
});

test("another colour repaints, the same objects do not", () => {
  const composite = new Composite(IMAGE);
  const objects = [object("o1", 0)];
  composite.update(objects);

  composite.update([...objects]);
  expect(composite.repaints).toBe(1);

  composite.update(objects.map((one) => ({ ...one, colour: "#f28e2b" })));
  expect(composite.repaints).toBe(2);
});

test("far out, a halved copy is used, made anew only where it is stale", () => {
  const composite = new Composite(IMAGE);
  const first = object("o1", 0);
  composite.update([first]);

  expect(composite.levelFor(1).factor).toBe(1);
  expect(composite.levelFor(0.3).factor).toBe(0.5);
  composite.levelFor(0.3);
  composite.update([first, object("o2", 500)]);
  composite.levelFor(0.3);

  expect(told.cleared).toEqual([
    [0, 100, 50, 40],
    [0, 0, 1000, 500],
    [500, 100, 50, 40],
    [250, 50, 25, 20],
  ]);
});

test("the composite of a huge image is coarser", () => {
  const composite = new Composite({ width: 8192, height: 8192 });

  expect(composite.scale).toBe(0.5);
  expect(composite.levelFor(1).factor).toBe(0.5);
});
