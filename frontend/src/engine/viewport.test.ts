import { expect, test } from "vitest";
import { isInside, nearestPixelCentre, pixelOf, toImage, toView } from "./geometry";
import {
  atScale,
  centredOn,
  fit as fitted,
  MAX_SCALE,
  MIN_SCALE,
  panBy,
  wheelFactor,
  zoomAt,
} from "./viewport";

const SIZE = { width: 4000, height: 3000 };
const STAGE = { width: 900, height: 700 };

test.each([0.25, 1, 3.7, 32])("points go to the image and back at scale %d", (scale) => {
  const viewport = { scale, left: 13.3, top: -250.7 };
  const point = { x: 812.25, y: 344.5 };

  const back = toImage(toView(point, viewport), viewport);

  expect(back.x).toBeCloseTo(point.x, 9);
  expect(back.y).toBeCloseTo(point.y, 9);
});

test("a click hits the pixel whose square it is in", () => {
  expect(pixelOf({ x: 3.99, y: 4 })).toEqual({ col: 3, row: 4 });
  expect(nearestPixelCentre({ x: -3, y: 9e9 }, SIZE)).toEqual({ x: 0.5, y: 2999.5 });
  expect(isInside({ x: 0, y: 2999.99 }, SIZE)).toBe(true);
  expect(isInside({ x: 4000, y: 0 }, SIZE)).toBe(false);
});

test("fit shows the whole image in the middle", () => {
  const viewport = fitted(SIZE, STAGE, 12);

  expect(viewport.scale).toBeCloseTo((900 - 24) / 4000, 9);
  expect(toView({ x: 2000, y: 1500 }, viewport)).toEqual({ x: 450, y: 350 });
  expect(fitted({ width: 2, height: 2 }, STAGE, 12, 4).scale).toBe(4);
});

test("over thirty turns of the wheel the pixel under the pointer stays", () => {
  const at = { x: 612, y: 133 };
  const start = fitted(SIZE, STAGE);
  const pixel = toImage(at, start);
  let viewport = start;

  for (let turn = 0; turn < 30; turn++) {
    viewport = zoomAt(viewport, at, wheelFactor(turn < 18 ? -120 : 120));
    const place = toView(pixel, viewport);
    expect(Math.hypot(place.x - at.x, place.y - at.y)).toBeLessThan(0.5);
  }
});

test("zoom ends at 5 % and at 3200 %", () => {
  const at = { x: 10, y: 10 };
  const viewport = { scale: 1, left: 0, top: 0 };

  expect(atScale(viewport, 1e9, at).scale).toBe(MAX_SCALE);
  expect(atScale(viewport, 0, at).scale).toBe(MIN_SCALE);
  expect([MIN_SCALE, MAX_SCALE]).toEqual([0.05, 32]);
});

test("a turn up undoes a turn down, and lines count as more than pixels", () => {
  expect(wheelFactor(120) * wheelFactor(-120)).toBeCloseTo(1, 12);
  expect(wheelFactor(-3, 1)).toBeGreaterThan(wheelFactor(-3, 0));
  expect(wheelFactor(-120)).toBeGreaterThan(1);
});

test("panning never loses the image", () => {
  const viewport = fitted(SIZE, STAGE);

  const away = panBy(viewport, 1e6, -1e6, SIZE, STAGE);

  expect(away.left).toBe(STAGE.width - 40);
  expect(away.top).toBeCloseTo(40 - SIZE.height * viewport.scale, 9);
  expect(panBy(viewport, 3, 4, SIZE, STAGE)).toEqual({
    scale: viewport.scale,
    left: viewport.left + 3,
    top: viewport.top + 4,
  });
});

test("a point can be brought to the middle", () => {
  const viewport = centredOn({ scale: 2, left: 0, top: 0 }, { x: 100, y: 50 }, STAGE);

  expect(toView({ x: 100, y: 50 }, viewport)).toEqual({ x: 450, y: 350 });
});
