/** The project's classes: read at the start, written when they are edited. */

import { loadClasses, saveClasses } from "../api/classes";
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

/** Add what an import brings along; a colour or key that is taken stays with its owner. */
export async function addClasses(added: readonly ObjectClass[]): Promise<void> {
  const known = state.peek().classes;
  const fresh = added.filter(({ id }) => known.every((one) => one.id !== id));
  if (fresh.length > 0) await writeClasses([...known, ...fresh]);
}
