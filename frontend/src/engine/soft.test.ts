import { expect, test } from "vitest";
import { rectangle } from "../testing/masks";
import { colourAt, entropyOf, heatPixels, legend } from "./heat";
import { clear, cut } from "./soft";
import type { Grid } from "./types";

const ramp: Grid = {
  width: 256,
  height: 2,
  rect: [0, 0, 512, 4],
  cells: Uint8Array.from({ length: 512 }, (_, at) => at % 256),
  scale: 1,
};

test("a grid is cut where its probability passes the threshold", () => {
  const { width, height, bits } = cut(ramp, 0.5);

  expect([width, height]).toEqual([512, 4]);
  expect([...bits.subarray(0, 512)].indexOf(1)).toBe(256);
  expect(bits.subarray(512, 1024)).toEqual(bits.subarray(0, 512));
});

test("a higher threshold never covers more", () => {
  const covered = [0.1, 0.3, 0.5, 0.7, 0.9].map((threshold) =>
    cut(ramp, threshold).bits.reduce((sum, bit) => sum + bit, 0),
  );

  expect(covered).toEqual([...covered].sort((a, b) => b - a));
  expect(new Set(covered).size).toBe(5);
});

test("the mask of a huge image is cut coarser", () => {
  const { width, height } = cut({ ...ramp, rect: [0, 0, 4096, 2048] }, 0.5);

  expect([width, height]).toEqual([1024, 512]);
});

test("what protected masks cover is cleared", () => {
  const image = { width: 512, height: 4 };
  const soft = cut(ramp, 0.5);

  clear(soft, [rectangle([300, 1, 100, 2], image), rectangle([0, 0, 9, 4], image)]);

  const at = (x: number, y: number) => soft.bits[y * 512 + x];
  expect([at(299, 1), at(300, 1), at(399, 2), at(400, 2), at(300, 0), at(300, 3)]).toEqual([
    1, 0, 0, 1, 1, 1,
  ]);
});

test("a cut takes a small part of a frame on the largest grid", () => {
  const cells = Uint8Array.from({ length: 512 * 384 }, (_, at) => (at * 37) % 256);
  const grid: Grid = { width: 512, height: 384, rect: [0, 0, 4000, 3000], cells, scale: 1 };
  cut(grid, 0.4);

  const start = performance.now();
  cut(grid, 0.5);

  expect(performance.now() - start).toBeLessThan(330); // 33 ms, tenfold for a busy machine
});

test("colours run from one end of the map to the other", () => {
  expect(colourAt("viridis", 0)).toEqual([0x44, 0x01, 0x54]);
  expect(colourAt("viridis", 1)).toEqual([0xfd, 0xe7, 0x25]);
  expect(colourAt("cividis", 7)).toEqual(colourAt("cividis", 1));
});

test("a legend says numbers: from 0 to the scale, or on both sides of 0", () => {
  const signed = { ...ramp, cells: new Int8Array(512), scale: 2 };

  expect(legend({ ...ramp, scale: 0.25 }, "viridis", 3).map((mark) => mark.value)).toEqual([
    0, 0.125, 0.25,
  ]);
  expect(legend(signed, "viridis", 3).map((mark) => mark.value)).toEqual([-2, 0, 2]);
  expect(legend(ramp, "cividis")[0]?.colour).toBe("rgb(0 34 78)");
});

test("cells are painted in the colour of their value", () => {
  const grid = { ...ramp, width: 3, height: 1, cells: Int8Array.from([-127, 0, 127]) };
  const [low, middle, high] = heatPixels(grid, "viridis", 1);

  expect(low).toBe(0xff540144);
  expect(middle).toBe(0xff8c9121);
  expect(high).toBe(0xff25e7fd);
});

test("doubt is largest where the probability is a half", () => {
  const { cells } = entropyOf(ramp);

  expect([cells[0], cells[127], cells[128], cells[255]]).toEqual([0, 255, 255, 0]);
});
