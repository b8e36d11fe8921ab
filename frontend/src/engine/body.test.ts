import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BodyError, readBody, readGrid } from "./body";

const HEADER =
  '{"v":1,"rev":3,"object":"o1","kind":"final","size":[640,480],"bbox":[10,20,5,3],' +
  '"sections":[{"name":"runs","offset":0,"bytes":7}]}';
const RUNS = Uint8Array.from([1, 3, 1, 5, 2, 1, 2]);

test("the body of the specification is read as the specification says", () => {
  const buffer = bodyOf(HEADER, RUNS);
  const bytes = Buffer.from(buffer);

  expect(bytes.length).toBe(148);
  expect(bytes.subarray(0, 9).toString("hex")).toBe("47504331820000007b");
  expect(bytes.subarray(-11).toString("hex")).toBe("7d0000" + "0103010502010200");
  expect(readBody(buffer)).toMatchObject({
    header: { rev: 3, object: "o1", kind: "final" },
    mask: { bbox: [10, 20, 5, 3], runs: RUNS },
  });
});

test("keys that the page does not know are none of its business", () => {
  const header = HEADER.replace('"v":1', '"v":1,"mood":"good"');

  expect(readBody(bodyOf(header, RUNS)).mask.runs).toEqual(RUNS);
});

describe("a body is refused", () => {
  test.each([
    ["of another version", HEADER.replace('"v":1', '"v":2')],
    ["of another kind", HEADER.replace("final", "maybe")],
    ["with a header that is no JSON", HEADER.slice(1)],
    ["with a box outside the image", HEADER.replace("[10,20,5,3]", "[638,20,5,3]")],
    ["with runs that do not fill the box", HEADER.replace("[10,20,5,3]", "[10,20,5,4]")],
    ["with a section that is cut short", HEADER.replace('"bytes":7', '"bytes":70')],
    ["without runs", HEADER.replace('"runs"', '"var"')],
  ])("%s", (_, header) => {
    expect(() => readBody(bodyOf(header, RUNS))).toThrow(BodyError);
  });

  test.each([
    ["that is empty", new ArrayBuffer(0)],
    ["that is a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 0, 0, 0, 0]).buffer],
    ["whose header is longer than it", Uint8Array.from([71, 80, 67, 49, 9, 0, 0, 0]).buffer],
  ])("%s", (_, buffer) => {
    expect(() => readBody(buffer)).toThrow(BodyError);
  });
});

test("a grid is unpacked with the place that it covers", async () => {
  const body = withGrid("prob", [0, 128, 255, 64], { size: [2, 2], rect: [0, 0, 640, 480] });

  expect(await readGrid(body, "prob")).toEqual({
    width: 2,
    height: 2,
    rect: [0, 0, 640, 480],
    cells: Uint8Array.from([0, 128, 255, 64]),
    scale: 1,
  });
  expect(await readGrid(body, "var")).toBeNull();
});

test("mean and influence are signed", async () => {
  const more = { size: [2, 1], rect: [0, 0, 640, 480], scale: 3.5 };

  const grid = await readGrid(withGrid("infl:0", [127, 129], more), "infl:0");

  expect(grid?.cells).toEqual(Int8Array.from([127, -127]));
  expect(grid?.scale).toBe(3.5);
});

test("a grid of another size or of no zlib stream is refused", async () => {
  const body = withGrid("prob", [1, 2, 3], { size: [2, 2], rect: [0, 0, 640, 480] });
  const broken = { ...body, sections: new Map([["prob", Uint8Array.from([1, 2, 3])]]) };

  await expect(readGrid(body, "prob")).rejects.toThrow(BodyError);
  await expect(readGrid(broken, "prob")).rejects.toThrow(BodyError);
});

function withGrid(name: string, cells: readonly number[], more: object) {
  const packed = deflateSync(Uint8Array.from(cells));
  const header = JSON.parse(HEADER);
  header.sections.push({ name, offset: 8, bytes: packed.length, ...more });
  const sections = new Uint8Array(8 + packed.length);
  sections.set(RUNS);
  sections.set(packed, 8);
  return readBody(bodyOf(JSON.stringify(header), sections));
}

/** Magic, length, header, zeros up to a multiple of four, sections, zeros likewise. */
function bodyOf(header: string, sections: Uint8Array): ArrayBuffer {
  const text = new TextEncoder().encode(header);
  const start = Math.ceil((8 + text.length) / 4) * 4;
  const bytes = new Uint8Array(start + Math.ceil(sections.length / 4) * 4);
  bytes.set(new TextEncoder().encode("GPC1"));
  new DataView(bytes.buffer).setUint32(4, text.length, true);
  bytes.set(text, 8);
  bytes.set(sections, start);
  return bytes.buffer;
}
