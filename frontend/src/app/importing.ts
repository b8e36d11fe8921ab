/** What the server read from a file, as objects for the state. */

import { Problem } from "../api/problem";
import { area, checkMask } from "../engine/runs";
import { fromJson } from "../state/document";
import type { ImportedObject } from "../state/events";
import type { JsonMask, ObjectClass } from "../state/state";

const NO_LIMIT = { width: Number.MAX_SAFE_INTEGER, height: Number.MAX_SAFE_INTEGER };

/** Objects of an import's answer; one without a class gets `fallback`. */
export function toImported(answer: unknown, fallback: string): readonly ImportedObject[] {
  const objects = isRecord(answer) ? answer["objects"] : null;
  if (!Array.isArray(objects)) throw new Problem("unreadable", 200, "The answer has no objects.");
  return objects.map((one: unknown) => toObject(one, fallback));
}

/** Classes that the file names and the project does not have yet. */
export function missingClasses(answer: unknown): readonly ObjectClass[] {
  const classes = isRecord(answer) ? answer["classes"] : null;
  return Array.isArray(classes) ? (classes as readonly ObjectClass[]) : [];
}

function toObject(one: unknown, fallback: string): ImportedObject {
  const json = isRecord(one) ? maskOf(one) : null;
  if (!isRecord(one) || json === null)
    throw new Problem("unreadable", 200, "An object has no mask.");
  const mask = fromJson(json);
  checkMask(mask, NO_LIMIT);
  const name = one["class"];
  return {
    class: typeof name === "string" && name !== "" ? name : fallback,
    mask,
    area: area(mask),
  };
}

/** The mask of an object, which the answer keeps as its `init` or as the object's own. */
function maskOf(one: Readonly<Record<string, unknown>>): JsonMask | null {
  const init = one["init"];
  const { bbox, runs } = isRecord(init) ? init : one;
  const isMask = Array.isArray(bbox) && bbox.length === 4 && typeof runs === "string";
  return isMask ? ({ bbox, runs } as unknown as JsonMask) : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
