/** Autosave of one image: soon after a change, again after a failure, never over another tab's work. */

import type { Stored } from "../api/annotations";
import { asProblem, type Problem } from "../api/problem";
import type { AnnotationDocument } from "../state/state";

export type SaveState =
  | { readonly kind: "clean" }
  | { readonly kind: "waiting" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly at: number }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "conflict"; readonly etag: string | null };

export interface Snapshot {
  /** `State.changes` when it was taken. */
  readonly changes: number;
  readonly document: AnnotationDocument;
}

export interface SaverParts {
  /** Keeps trying while the server cannot be reached; `onOffline` hears of it. */
  readonly put: (
    document: AnnotationDocument,
    etag: string | null,
  ) => Promise<Stored<{ readonly revision: number }>>;
  readonly onState: (state: SaveState) => void;
  readonly onSaved: (snapshot: Snapshot) => void;
  readonly now: () => number;
}

const QUIET_MS = 1000;
const LATEST_MS = 2000;
const AGAIN_MS = 10_000;
const MOST_FLUSHES = 3; // a change may come while one is under way

export class Saver {
  readonly #parts: SaverParts;
  #snapshot: Snapshot | null = null;
  #etag: string | null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dirtySince: number | null = null;
  #running: Promise<void> | null = null;
  #state: SaveState = { kind: "clean" };

  constructor(etag: string | null, parts: SaverParts) {
    this.#etag = etag;
    this.#parts = parts;
  }

  get isDirty(): boolean {
    return this.#snapshot !== null;
  }

  /** Something has changed: saved 1 s after the last change, 2 s after the first. */
  changed(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    if (this.#state.kind === "conflict") return;
    const now = this.#parts.now();
    this.#dirtySince ??= now;
    const wait = Math.min(QUIET_MS, Math.max(0, this.#dirtySince + LATEST_MS - now));
    if (this.#running === null && this.#state.kind !== "failed") this.#become({ kind: "waiting" });
    this.#schedule(wait);
  }

  /** Save now what is not saved yet. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#running !== null) return this.#running;
    const snapshot = this.#snapshot;
    if (snapshot === null || this.#state.kind === "conflict") return Promise.resolve();
    this.#running = this.#save(snapshot);
    return this.#running;
  }

  /** Resolves once everything is saved, or saving has failed. */
  async settle(): Promise<void> {
    for (let attempt = 0; attempt < MOST_FLUSHES && this.isDirty; attempt++) await this.flush();
  }

  /** Save over the other tab's work, which `etag` names. */
  async keepMine(etag: string | null): Promise<void> {
    this.#etag = etag;
    this.#state = { kind: "waiting" };
    await this.flush();
  }

  /** The server cannot be reached at the moment; `put` goes on trying. */
  told(problem: Problem): void {
    if (this.#running !== null) this.#become({ kind: "failed", problem });
  }

  /** Forget what is not saved: somebody else's document takes its place. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#snapshot = null;
  }

  async #save(snapshot: Snapshot): Promise<void> {
    this.#become({ kind: "saving" });
    try {
      const stored = await this.#parts.put(snapshot.document, this.#etag);
      this.#running = null;
      this.#stored(snapshot, stored.etag);
    } catch (error) {
      this.#running = null;
      this.#failed(error);
    }
  }

  #stored(snapshot: Snapshot, etag: string | null): void {
    this.#etag = etag;
    this.#dirtySince = null;
    if (this.#snapshot === snapshot) this.#snapshot = null;
    this.#become({ kind: "saved", at: this.#parts.now() });
    if (this.#snapshot !== null) return this.changed(this.#snapshot);
    this.#parts.onSaved(snapshot);
  }

  #failed(error: unknown): void {
    const problem = asProblem(error);
    if (problem === null) return this.#schedule(AGAIN_MS);
    if (problem.code === "conflict") {
      const { etag } = problem.extra;
      return this.#become({ kind: "conflict", etag: typeof etag === "string" ? etag : null });
    }
    this.#become({ kind: "failed", problem });
    this.#schedule(AGAIN_MS);
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    if (this.#running === null) this.#timer = setTimeout(() => void this.flush(), wait);
  }

  #become(state: SaveState): void {
    this.#state = state;
    this.#parts.onState(state);
  }
}
