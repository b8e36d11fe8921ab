/** The browser's own copy of unsaved work, for when the tab or the server dies. */

import type { AnnotationDocument } from "../state/state";

export interface JournalEntry {
  readonly at: number;
  readonly document: AnnotationDocument;
}

export interface Journal {
  readonly read: (image: string) => Promise<JournalEntry | null>;
  readonly write: (image: string, entry: JournalEntry) => Promise<void>;
  readonly clear: (image: string) => Promise<void>;
}

const NAME = "gpcis";
const STORE = "journal";

/** A journal whose keys are kept apart by `base`, the address of the page. */
export function toJournal(base: string, factory: IDBFactory): Journal {
  const key = (image: string): string => `${base}#${image}`;
  let database: Promise<IDBDatabase> | null = null;
  const run = async <Value>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<Value>,
  ): Promise<Value> => {
    database ??= opened(factory);
    const store = (await database).transaction(STORE, mode).objectStore(STORE);
    return settled(act(store));
  };
  return {
    read: async (image) =>
      toEntry(await run<unknown>("readonly", (store) => store.get(key(image)))),
    write: async (image, entry) =>
      void (await run("readwrite", (store) => store.put(entry, key(image)))),
    clear: async (image) => void (await run("readwrite", (store) => store.delete(key(image)))),
  };
}

/** `journal`, whose failures are none of the page: a private window may keep nothing. */
export function forgiving(journal: Journal): Journal {
  return {
    read: (image) => journal.read(image).catch(() => null),
    write: (image, entry) => journal.write(image, entry).catch(() => undefined),
    clear: (image) => journal.clear(image).catch(() => undefined),
  };
}

function opened(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The journal failed."));
  });
}

function toEntry(value: unknown): JournalEntry | null {
  const isEntry =
    typeof value === "object" && value !== null && "document" in value && "at" in value;
  return isEntry ? (value as JournalEntry) : null;
}
