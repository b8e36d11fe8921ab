/** The project's classes: read at the start, written when they are edited. */

import { loadClasses, saveClasses } from "../api/classes";
import { nextClass } from "../state/classes";
import type { ObjectClass } from "../state/state";
import { report } from "./failures";
import { client, insist } from "./server";
import { dispatch, state } from "./store";

let etag: string | null = null;

export async function readClasses(): Promise<void> {
  const stored = await insist(() => loadClasses(client));
  etag = stored.etag;
  if (stored.body.classes.length > 0) dispatch({ type: "classes", classes: stored.body.classes });
}

/** Whether the server took `classes`; a refusal is reported, and the old ones stay. */
export async function writeClasses(classes: readonly ObjectClass[]): Promise<boolean> {
  try {
    const stored = await insist(() => saveClasses(client, { classes }, etag));
    etag = stored.etag;
    dispatch({ type: "classes", classes });
    return true;
  } catch (error) {
    report(error);
    await readClasses().catch(report);
    return false;
  }
}

/** Classes that an import names and the project lacks. */
export async function addMissingClasses(ids: readonly string[]): Promise<void> {
  const known = state.peek().classes;
  const missing = [...new Set(ids)].filter((id) => known.every((one) => one.id !== id));
  if (missing.length === 0) return;
  const added = missing.reduce<readonly ObjectClass[]>(
    (classes, id) => [...classes, { ...nextClass(classes, id), id }],
    known,
  );
  await writeClasses(added);
}
