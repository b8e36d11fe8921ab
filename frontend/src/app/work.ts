/** The image being worked on: what is saved of it, where, and what other tabs do to it. */

import { effect } from "@preact/signals";

import { loadAnnotation, type Stored, saveAnnotation } from "../api/annotations";
import { Problem } from "../api/problem";
import { text } from "../i18n/text";
import { toDocument } from "../state/document";
import type { AnnotationDocument } from "../state/state";
import { news, report } from "./failures";
import { forgiving, toJournal } from "./journal";
import { Saver, type SaveState } from "./saver";
import { client, connection, insist } from "./server";
import { dispatch, found, health, images, link, saving, state } from "./store";

type Saved = Stored<{ readonly revision: number }>;

const journal = forgiving(toJournal(new URL(".", document.baseURI).href, globalThis.indexedDB));

/** What matters of a document, in the order in which two are compared. */
const ESSENCE =
  "status objects id class clicks x y sign muted threshold post largest fill_px bbox runs state visible locked".split(
    " ",
  );

interface Desk {
  readonly image: string;
  readonly saver: Saver;
  revision: number;
}

/** Savers of images left behind that are still dirty, and the present one. */
const busy = new Set<Saver>();
let desk: Desk | null = null;
let seen = 0;

/** Take up work on `image`, of which the server has `stored`. */
export async function startWork(
  image: string,
  stored: Stored<AnnotationDocument> | null,
): Promise<void> {
  const saver = saverOf(image, stored?.etag ?? null);
  desk = { image, saver, revision: stored?.body.revision ?? 0 };
  seen = 0;
  saving.value = { kind: "clean" };
  const entry = await journal.read(image);
  if (desk.saver !== saver) return;
  const isNews = entry !== null && !isSameWork(entry.document, stored?.body ?? null);
  found.value = isNews ? entry : null;
  if (entry !== null && !isNews) await journal.clear(image);
}

/** Leave the image; what is not saved yet is saved behind the scenes. */
export function leaveWork(): void {
  if (desk?.saver.isDirty) void desk.saver.flush();
  else if (desk) busy.delete(desk.saver);
  desk = null;
  found.value = null;
}

export function saveNow(): void {
  void desk?.saver.flush();
}

/** Resolves once the server has all there is, or has refused it. */
export async function savedNow(): Promise<void> {
  await desk?.saver.settle();
}

export function isAnythingUnsaved(): boolean {
  return [...busy].some((saver) => saver.isDirty);
}

/** Bring back what an earlier visit could not save. */
export function restoreFound(): void {
  const entry = found.peek();
  const { image } = state.peek();
  found.value = null;
  if (entry === null || image === null || desk === null) return;
  dispatch({ type: "open-image", image, document: entry.document });
  seen = 0;
  desk.saver.changed({ changes: 0, document: { ...entry.document, revision: desk.revision } });
  news("restored", text("news.restored"));
}

export function discardFound(): void {
  found.value = null;
  if (desk) void journal.clear(desk.image);
}

/** Another tab has saved: its work replaces ours. */
export async function takeTheirs(): Promise<void> {
  const { image } = state.peek();
  if (desk === null || image === null) return;
  const stored = await insist(() => loadAnnotation(client, image.id));
  desk.saver.drop();
  busy.delete(desk.saver);
  await journal.clear(image.id);
  dispatch({ type: "open-image", image, document: stored?.body ?? null });
  await startWork(image.id, stored);
}

/** Another tab has saved: our work replaces its. */
export async function keepMine(): Promise<void> {
  if (desk === null) return;
  const { image, saver } = desk;
  const stored = await insist(() => loadAnnotation(client, image));
  await saver.keepMine(stored?.etag ?? null);
}

/** Save and journal every change from now on. */
export function followChanges(): void {
  effect(() => {
    const present = state.value;
    if (desk === null || present.image?.id !== desk.image || present.changes === seen) return;
    seen = present.changes;
    const document = toDocument(present, health.peek()?.model.id ?? null, desk.revision);
    if (document === null) return;
    desk.saver.changed({ changes: seen, document });
    void journal.write(desk.image, { at: Date.now(), document });
  });
  effect(() => {
    if (link.value.kind === "down") desk?.saver.told(new Problem("offline", 0, ""));
  });
}

function saverOf(image: string, etag: string | null): Saver {
  const saver: Saver = new Saver(etag, {
    put: (document, tag) => insist(() => put(image, document, tag)),
    onState: (now) => {
      if (desk?.saver === saver) saving.value = now;
      if (now.kind === "failed") reportSave(now, saver);
    },
    onSaved: ({ document }) => {
      void journal.clear(image);
      countObjects(image, document);
      if (desk?.saver !== saver) busy.delete(saver);
    },
    now: () => Date.now(),
  });
  busy.add(saver);
  return saver;
}

function reportSave(now: Extract<SaveState, { kind: "failed" }>, saver: Saver): void {
  report(now.problem, { label: text("action.retry"), run: () => void saver.flush() });
}

/** The answer to a save; a refusal is none if the server has just what was sent. */
async function put(
  image: string,
  document: AnnotationDocument,
  etag: string | null,
): Promise<Saved> {
  try {
    const stored = await saveAnnotation(client, image, document, etag);
    if (desk?.image === image) desk.revision = stored.body.revision;
    return stored;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "conflict") throw error;
    connection.succeeded();
    const there = await loadAnnotation(client, image);
    if (there !== null && isSameWork(there.body, document)) return there;
    throw error;
  }
}

function countObjects(image: string, { objects, status }: AnnotationDocument): void {
  images.value = images
    .peek()
    .map((item) => (item.id === image ? { ...item, objects: objects.length, status } : item));
}

function isSameWork(one: AnnotationDocument, other: AnnotationDocument | null): boolean {
  if (other === null) return one.objects.length === 0;
  return JSON.stringify(one, ESSENCE) === JSON.stringify(other, ESSENCE);
}
