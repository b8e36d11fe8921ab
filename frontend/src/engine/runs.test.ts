import { describe, expect, test } from "vitest";
import { drawn, randomBits } from "../testing/masks";
import { Random } from "../testing/random";
import { intersect, subtract, union } from "./algebra";
import { decodeLeb128, encodeLeb128 } from "./leb128";
import { area, checkMask, contains, EMPTY_MASK, fromBits, toBits } from "./runs";
import { filled } from "./tint";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the mask of the specification has the runs of the specification", () => {
  const size = { width: 640, height: 480 };
  const bits = new Uint8Array(640 * 480);
  ["01110", "11111", "00100"].forEach((row, at) => {
    bits.set([...row].map(Number), (20 + at) * 640 + 10);
  });

  const mask = fromBits(bits, size);

  expect(mask.bbox).toEqual([10, 20, 5, 3]);
  expect(hex(mask.runs)).toBe("01030105020102");
  expect(Buffer.compare(toBits(mask, size), bits)).toBe(0);
});

test("numbers take as few bytes as they can", () => {
  const numbers = [0, 127, 128, 300, 16383, 16384, 0xffffffff];

  const bytes = encodeLeb128(numbers);

  expect(hex(encodeLeb128([300]))).toBe("ac02");
  expect(bytes).toHaveLength(1 + 1 + 2 + 2 + 2 + 3 + 5);
  expect([...decodeLeb128(bytes)]).toEqual(numbers);
});

test.each([
  ["is cut short", [0x80]],
  ["has six bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ["is above 32 bits", [0xff, 0xff, 0xff, 0xff, 0x7f]],
])("a number that %s is refused", (_, bytes) => {
  expect(() => decodeLeb128(Uint8Array.from(bytes))).toThrow(RangeError);
});

test.each([
  ["a box outside the image", [60, 0, 5, 1], [0, 5]],
  ["a box left of the image", [-1, 0, 5, 1], [0, 5]],
  ["a box between pixels", [0.5, 0, 5, 1], [0, 5]],
  ["runs that do not fill their box", [0, 0, 5, 1], [0, 4]],
  ["runs that overflow their box", [0, 0, 5, 1], [0, 6]],
] as const)("%s is refused", (_, bbox, lengths) => {
  const mask = { bbox, runs: encodeLeb128(lengths) };

  expect(() => checkMask(mask, { width: 64, height: 48 })).toThrow(RangeError);
});

test("an empty mask has no box and no runs", () => {
  const mask = fromBits(new Uint8Array(12), { width: 4, height: 3 });

  expect(mask).toEqual(EMPTY_MASK);
  expect(area(mask)).toBe(0);
  expect(contains(mask, 0, 0)).toBe(false);
});

test("a full image is one run, though every row touches the next", () => {
  const mask = drawn("###", "###");

  expect([...decodeLeb128(mask.runs)]).toEqual([0, 6]);
});

describe.each(Array.from({ length: 40 }, (_, seed) => seed))("random masks (seed %i)", (seed) => {
  const random = new Random(seed);
  const size = { width: 1 + random.below(20), height: 1 + random.below(12) };
  const [a, b, c] = [0, 1, 2].map(() => randomBits(random, size)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const [maskA, maskB, maskC] = [fromBits(a, size), fromBits(b, size), fromBits(c, size)];

  test("come back from their runs, and count and find their pixels", () => {
    const found = a.map((_, at) =>
      Number(contains(maskA, (at % size.width) + 0.7, Math.floor(at / size.width) + 0.2)),
    );

    expect(toBits(maskA, size)).toEqual(a);
    expect(area(maskA)).toBe(a.reduce((sum, bit) => sum + bit, 0));
    expect(found).toEqual(a);
  });

  test("are cut, joined and met pixel by pixel, in their only form", () => {
    const without = a.map((bit, at) => (bit && !b[at] && !c[at] ? 1 : 0));
    const either = a.map((bit, at) => bit | (b[at] ?? 0) | (c[at] ?? 0));
    const both = a.map((bit, at) => bit & (b[at] ?? 0));

    expect(subtract(maskA, [maskB, maskC], size)).toEqual(fromBits(without, size));
    expect(union([maskA, maskB, maskC], size)).toEqual(fromBits(either, size));
    expect(intersect(maskA, maskB, size)).toEqual(fromBits(both, size));
  });

  test("are filled where they cover their box", () => {
    const [left, top, width] = maskA.bbox;
    const pixels = filled(maskA, 7);
    const isRight = pixels.every((pixel, at) => {
      const [x, y] = [left + (at % width), top + Math.floor(at / width)];
      return pixel === (a[y * size.width + x] ? 7 : 0);
    });

    expect(isRight).toBe(true);
  });
});

test("a mask that others do not touch stays the same object", () => {
  const size = { width: 6, height: 1 };
  const [mask, apart, between] = [drawn("##..##"), drawn("...#.."), drawn("..##..")];

  expect(subtract(mask, [apart, between], size)).toBe(mask);
});
