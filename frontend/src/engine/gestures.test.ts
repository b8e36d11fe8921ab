import { describe, expect, test } from "vitest";
import { type Gesture, GestureReader, type Pointer } from "./gestures";
import type { ViewPoint } from "./types";

const DOT = { x: 100, y: 100 };

/** A hand on a canvas with one dot; it keeps what the reader makes of it. */
class Hand {
  readonly gestures: Gesture[] = [];
  isPanning = false;
  time = 1000;
  private readonly reader = new GestureReader({
    dotAt: (at) => (Math.hypot(at.x - DOT.x, at.y - DOT.y) <= 9 ? "c1" : null),
    isPanning: () => this.isPanning,
  });

  down(at: ViewPoint, more: Partial<Pointer> = {}): this {
    return this.took(this.reader.press(this.pointer(at, more)));
  }

  move(at: ViewPoint, more: Partial<Pointer> = {}): this {
    return this.took(this.reader.move(this.pointer(at, more)));
  }

  up(at: ViewPoint, more: Partial<Pointer> = {}): this {
    return this.took(this.reader.release(this.pointer(at, more)));
  }

  tap(at: ViewPoint, more: Partial<Pointer> = {}): this {
    return this.down(at, more).up(at, more);
  }

  hold(): this {
    this.time += 450;
    return this.took(this.reader.longPress(this.time));
  }

  cancel(id = 1): this {
    return this.took(this.reader.cancel(id));
  }

  wait(ms: number): this {
    this.time += ms;
    return this;
  }

  private took(gestures: readonly Gesture[]): this {
    this.gestures.push(...gestures);
    return this;
  }

  private pointer(at: ViewPoint, more: Partial<Pointer>): Pointer {
    const { time } = this;
    return { id: 1, type: "mouse", at, button: 0, isModified: false, time, ...more };
  }
}

const kinds = ({ gestures }: Hand) => gestures.map((one) => one.kind);
const ground = { x: 30, y: 40 };
const off = (dx: number, dy = 0) => ({ x: ground.x + dx, y: ground.y + dy });

describe("on empty ground", () => {
  test("a press is a click where it went down", () => {
    expect(new Hand().down(ground).move(off(5)).up(off(6)).gestures).toEqual([
      { kind: "click", at: ground, isNegative: false },
    ]);
  });

  test.each([
    ["the right button", { button: 2 }],
    ["Shift or Alt", { isModified: true }],
    ["a pen's barrel button", { button: 2, type: "pen" }],
    ["a pen's eraser", { button: 5, type: "pen" }],
  ] as const)("%s makes it negative", (_, more) => {
    expect(new Hand().tap(ground, more).gestures).toEqual([
      { kind: "click", at: ground, isNegative: true },
    ]);
  });

  test("a drag of more than six pixels pans and clicks nothing", () => {
    expect(new Hand().down(ground).move(off(7)).move(off(10, 2)).up(off(10, 2)).gestures).toEqual([
      { kind: "pan", dx: 7, dy: 0 },
      { kind: "pan", dx: 3, dy: 2 },
    ]);
  });

  test("a drag with the right button is nothing", () => {
    expect(new Hand().down(ground, { button: 2 }).move(off(20)).up(off(20)).gestures).toEqual([]);
  });

  test("a double-click is two clicks, though the first has left a dot there", () => {
    expect(kinds(new Hand().tap({ x: 88, y: 100 }).wait(200).tap({ x: 92, y: 100 }))).toEqual([
      "click",
      "click",
    ]);
  });

  test("a hovering mouse is told, a finger that is not down is not", () => {
    expect(kinds(new Hand().move(ground).move(ground, { type: "touch" }))).toEqual(["hover"]);
  });
});

describe("while panning is picked", () => {
  test.each([
    ["Space or the hand", {}, true],
    ["the middle button", { button: 1 }, false],
  ])("%s drags the image and a tap places no click", (_, more, isPanning) => {
    const hand = new Hand();
    hand.isPanning = isPanning;

    hand.down(DOT, more).move({ x: 120, y: 100 }, more).up({ x: 120, y: 100 }, more);
    hand.tap(ground, more);

    expect(hand.gestures).toEqual([{ kind: "pan", dx: 20, dy: 0 }]);
  });
});

describe("on a dot", () => {
  test("a drag moves it by what the pointer moved, and tells the end", () => {
    const grabbed = { x: 103, y: 100 };

    const hand = new Hand().down(grabbed).move({ x: 113, y: 98 }).up({ x: 114, y: 98 });

    expect(hand.gestures).toEqual([
      { kind: "drag-dot", dot: "c1", dx: 10, dy: -2, isDone: false },
      { kind: "drag-dot", dot: "c1", dx: 11, dy: -2, isDone: true },
    ]);
  });

  test("a drag that the browser cancels is dropped", () => {
    const hand = new Hand().down(DOT).move({ x: 120, y: 100 }).cancel();

    expect(kinds(hand)).toEqual(["drag-dot", "drop-drag"]);
  });

  test("two taps flip it, two slow ones do not", () => {
    expect(kinds(new Hand().tap(DOT).wait(200).tap(DOT))).toEqual(["tap-dot", "flip-dot"]);
    expect(kinds(new Hand().tap(DOT).wait(400).tap(DOT))).toEqual(["tap-dot", "tap-dot"]);
  });

  test("the right button asks for its menu", () => {
    expect(new Hand().tap(DOT, { button: 2 }).gestures).toEqual([
      { kind: "tap-dot", dot: "c1", at: DOT, isSecondary: true },
    ]);
  });
});

describe("with fingers", () => {
  const touch = { type: "touch" } as const;

  test("a long press is a negative click, and lifting the finger adds none", () => {
    expect(new Hand().down(ground, touch).hold().up(ground, touch).gestures).toEqual([
      { kind: "click", at: ground, isNegative: true },
    ]);
  });

  test("a long press on a dot asks for its menu; a mouse has no long press", () => {
    expect(new Hand().down(DOT, touch).hold().gestures[0]).toMatchObject({ isSecondary: true });
    expect(new Hand().down(ground).hold().gestures).toEqual([]);
  });

  test("two fingers zoom between them and never click", () => {
    const hand = new Hand().down({ x: 100, y: 200 }, touch).down({ x: 200, y: 200 }, second);

    hand.move({ x: 300, y: 200 }, second).hold();
    hand.up({ x: 300, y: 200 }, second).up({ x: 100, y: 200 }, touch);

    expect(hand.gestures).toEqual([
      { kind: "pan", dx: 50, dy: 0 },
      { kind: "zoom", at: { x: 200, y: 200 }, factor: 2 },
    ]);
  });

  test("a second finger drops the drag of a dot", () => {
    const hand = new Hand().down(DOT, touch).move({ x: 120, y: 100 }, touch).down(ground, second);

    expect(kinds(hand)).toEqual(["drag-dot", "drop-drag"]);
  });

  const second = { id: 2, type: "touch" } as const;
});
