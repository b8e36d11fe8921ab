/** The mask body `application/vnd.gpcis.v1`: a JSON header, then binary sections. */

import { checkMask } from "./runs";
import type { Box, Grid, MaskRuns } from "./types";

export const MASK_TYPE = "application/vnd.gpcis.v1";

const MAGIC = "GPC1";
const START = 8; // magic and length of the header
const MAX_HEADER = 65536;

export interface BodySection {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Of grids: cells, the part of the image covered, and the value of a full cell. */
  readonly size?: readonly [number, number];
  readonly rect?: Box;
  readonly scale?: number;
}

export interface BodyHeader {
  readonly v: 1;
  readonly rev: number;
  readonly object: string;
  readonly kind: "preview" | "final";
  readonly refine?: boolean;
  readonly size: readonly [number, number];
  readonly bbox: Box;
  readonly area?: number;
  readonly marks?: readonly ("ok" | "forced" | "conflict")[];
  readonly est_iou?: number | null;
  readonly next?: { readonly x: number; readonly y: number; readonly sign: 1 | -1 } | null;
  readonly model?: string;
  readonly ms?: Readonly<Record<string, number>>;
  readonly sections: readonly BodySection[];
}

export interface MaskBody {
  readonly header: BodyHeader;
  readonly mask: MaskRuns;
  /** Bytes of every section, as sent. */
  readonly sections: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** A body that is not what the server promises. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

/** Reads and checks a body; the runs fill their box, which lies inside the image. */
export function readBody(buffer: ArrayBuffer): MaskBody {
  const { header, end } = readHeader(buffer);
  const start = Math.ceil(end / 4) * 4;
  const sections = new Map(
    header.sections.map((section) => [section.name, bytesOf(buffer, start, section)]),
  );
  const runs = sections.get("runs");
  if (!runs) throw new BodyError("The answer has no runs.");
  const mask = { bbox: header.bbox, runs: runs.slice() };
  const [width, height] = header.size;
  try {
    checkMask(mask, { width, height });
  } catch (error) {
    throw new BodyError(error instanceof Error ? error.message : "The mask is broken.");
  }
  return { header, mask, sections };
}

function readHeader(buffer: ArrayBuffer): { header: BodyHeader; end: number } {
  const text = new TextDecoder();
  if (buffer.byteLength < START || text.decode(buffer.slice(0, 4)) !== MAGIC) {
    throw new BodyError("The answer is no mask body.");
  }
  const length = new DataView(buffer).getUint32(4, true);
  const end = START + length;
  if (length > MAX_HEADER || end > buffer.byteLength) {
    throw new BodyError("The header of the answer is longer than it may be.");
  }
  const header: unknown = parsed(text.decode(new Uint8Array(buffer, START, length)));
  if (!isHeader(header)) throw new BodyError("The header of the answer is not understood.");
  return { header, end };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What the page cannot do without; keys that it does not know are none of its business. */
function isHeader(value: unknown): value is BodyHeader {
  if (typeof value !== "object" || value === null) return false;
  const header = value as Partial<Record<keyof BodyHeader, unknown>>;
  return (
    header.v === 1 &&
    typeof header.rev === "number" &&
    typeof header.object === "string" &&
    (header.kind === "preview" || header.kind === "final") &&
    isNumbers(header.size, 2) &&
    isNumbers(header.bbox, 4) &&
    Array.isArray(header.sections)
  );
}

function isNumbers(value: unknown, count: number): boolean {
  return (
    Array.isArray(value) && value.length === count && value.every((one) => Number.isInteger(one))
  );
}

function bytesOf(
  buffer: ArrayBuffer,
  start: number,
  { name, offset, bytes }: BodySection,
): Uint8Array<ArrayBuffer> {
  if (!(offset >= 0 && bytes >= 0 && start + offset + bytes <= buffer.byteLength)) {
    throw new BodyError(`The part ${name} of the answer is cut short.`);
  }
  return new Uint8Array(buffer, start + offset, bytes);
}

const SIGNED = /^(mean|infl:.*)$/;

/** A grid section, unpacked; null if the answer has none of that name. */
export async function readGrid(body: MaskBody, name: string): Promise<Grid | null> {
  const section = body.header.sections.find((one) => one.name === name);
  const packed = body.sections.get(name);
  if (!section?.size || !section.rect || !packed) return null;
  const bytes = await inflated(packed, name);
  const [width, height] = section.size;
  if (bytes.length !== width * height) {
    throw new BodyError(`The part ${name} has ${bytes.length} cells, not ${width * height}.`);
  }
  const cells = SIGNED.test(name) ? new Int8Array(bytes.buffer) : bytes;
  return { width, height, rect: section.rect, cells, scale: section.scale ?? 1 };
}

async function inflated(packed: Uint8Array<ArrayBuffer>, name: string): Promise<Uint8Array> {
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new BodyError(`The part ${name} of the answer cannot be unpacked.`);
  }
}
