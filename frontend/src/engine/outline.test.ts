import { expect, test } from "vitest";
import { drawn, randomBits } from "../testing/masks";
import { Random } from "../testing/random";
import { type Outline, outlineOf, type Pen, simplified, trace } from "./outline";
import { EMPTY_MASK, fromBits } from "./runs";
import { traceInView } from "./stroke";
import type { Size } from "./types";

test("one pixel has four corners, exactly on its edges", () => {
  const [loop, ...more] = outlineOf(
    fromBits(Uint8Array.from([0, 0, 0, 1]), { width: 2, height: 2 }),
  );

  expect(cornersOf(loop)).toEqual(new Set(["1,1", "2,1", "2,2", "1,2"]));
  expect(more).toEqual([]);
});

test("a hole is a loop of its own", () => {
  expect(outlineOf(drawn("###", "#.#", "###"))).toHaveLength(2);
});

test("a straight edge has no corners in between", () => {
  expect(outlineOf(drawn("####", "####", "####"))[0]).toHaveLength(8);
});

test("nothing has no outline", () => {
  expect(outlineOf(EMPTY_MASK)).toEqual([]);
});

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "loops enclose just the pixels of a random mask (seed %i)",
  (seed) => {
    const random = new Random(seed);
    const size = { width: 1 + random.below(14), height: 1 + random.below(10) };
    const bits = randomBits(random, size);

    const outline = outlineOf(fromBits(bits, size));

    expect(enclosed(outline, size)).toEqual(bits);
    expect(lengthOf(outline)).toBe(numBorders(bits, size));
  },
);

test("far out, corners nearer than the step are left out, and loops stay closed", () => {
  const stairs = drawn("#.......", "##......", "###.....", "####....", "#####...", "######..");

  const [loop] = simplified(outlineOf(stairs), 3);

  expect(loop?.length).toBeLessThan(outlineOf(stairs)[0]?.length ?? 0);
  expect(loop?.length).toBeGreaterThanOrEqual(6);
});

test("close up, only the edges in view are drawn", () => {
  const outline = outlineOf(
    drawn(...Array.from({ length: 40 }, (_, at) => (at % 2 ? "#." : "##"))),
  );
  const [all, some] = [new Lines(), new Lines()];

  trace(outline, all);
  traceInView(outline, [0, 10, 2, 4], some);

  const inView = all.lines.filter(
    ([, y, , toY]) => Math.max(y, toY) >= 10 && Math.min(y, toY) <= 14,
  );
  expect(some.lines).toEqual(expect.arrayContaining(inView));
  expect(some.lines.length).toBeLessThan(all.lines.length);
});

type Line = readonly [number, number, number, number];

/** A pen that remembers its lines. */
class Lines implements Pen {
  readonly lines: Line[] = [];
  private start: readonly [number, number] = [0, 0];
  private at: readonly [number, number] = [0, 0];

  moveTo(x: number, y: number): void {
    this.start = [x, y];
    this.at = [x, y];
  }

  lineTo(x: number, y: number): void {
    if (this.at[0] !== x || this.at[1] !== y) this.lines.push([...this.at, x, y]);
    this.at = [x, y];
  }

  closePath(): void {
    this.lineTo(...this.start);
  }
}

function linesOf(outline: Outline): readonly Line[] {
  const pen = new Lines();
  trace(outline, pen);
  return pen.lines;
}

/** Even-odd rule: upright edges left of each pixel's centre. */
function enclosed(outline: Outline, { width, height }: Size): Uint8Array {
  const uprights = linesOf(outline).filter(([x, , toX]) => x === toX);
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [(at % width) + 0.5, Math.floor(at / width) + 0.5];
    const isCrossed = ([edge, from, , to]: Line) => edge < x && from < y !== to < y;
    return uprights.filter(isCrossed).length % 2;
  });
}

function lengthOf(outline: Outline): number {
  return linesOf(outline).reduce(
    (sum, [x, y, toX, toY]) => sum + Math.abs(toX - x) + Math.abs(toY - y),
    0,
  );
}

function at(bits: Uint8Array, { width, height }: Size, x: number, y: number): number {
  return x >= 0 && y >= 0 && x < width && y < height ? (bits[y * width + x] ?? 0) : 0;
}

const BESIDE = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

function numBorders(bits: Uint8Array, size: Size): number {
  let sum = 0;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      if (!at(bits, size, x, y)) continue;
      sum += BESIDE.filter(([dx, dy]) => !at(bits, size, x + dx, y + dy)).length;
    }
  }
  return sum;
}

function cornersOf(loop: Int32Array | undefined): Set<string> {
  const corners = new Set<string>();
  for (let i = 0; i < (loop?.length ?? 0); i += 2) corners.add(`${loop?.[i]},${loop?.[i + 1]}`);
  return corners;
}
