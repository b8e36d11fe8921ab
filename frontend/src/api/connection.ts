/** Whether the server answers; when it does not, when to try again. */

export type Link =
  | { readonly kind: "up" }
  | { readonly kind: "down"; readonly retryAt: number; readonly attempt: number };

export const UP: Link = { kind: "up" };
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

/** Wait before attempt number `attempt` (from 0): 1 to 15 s, doubling, jittered down by a fifth. */
export function backOffMs(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(full * (1 - 0.2 * random()));
}

export interface ConnectionParts {
  readonly probe: () => Promise<boolean>;
  readonly onChange: (link: Link) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Calls that met no server wait here together; the banner shows one countdown.
 * While nobody waits, a probe finds out when the server is back.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  #link: Link = UP;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** A call got through. */
  succeeded(): void {
    clearTimeout(this.#timer);
    if (this.#link.kind === "up") return;
    this.#become(UP);
    this.#wake();
  }

  /** A call got no answer: resolves when it is time to try again. */
  failed(signal?: AbortSignal): Promise<void> {
    const attempt = this.#link.kind === "up" ? 0 : this.#link.attempt + 1;
    if (this.#link.kind === "up" || this.#link.retryAt <= this.#parts.now())
      this.#countDown(attempt);
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.delete(wake);
        reject(new DOMException("No longer wanted.", "AbortError"));
      };
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      this.#waiting.add(wake);
    });
  }

  /** Try again now, because the user asks for it. */
  retryNow(): void {
    if (this.#link.kind === "down") void this.#tryAgain();
  }

  #countDown(attempt: number): void {
    clearTimeout(this.#timer);
    const wait = backOffMs(attempt, this.#parts.random);
    this.#become({ kind: "down", retryAt: this.#parts.now() + wait, attempt });
    this.#timer = setTimeout(() => void this.#tryAgain(), wait);
  }

  async #tryAgain(): Promise<void> {
    clearTimeout(this.#timer);
    const attempt = this.#link.kind === "down" ? this.#link.attempt : 0;
    this.#become({ kind: "down", retryAt: this.#parts.now(), attempt });
    if (this.#waiting.size > 0) return this.#wake();
    if (await this.#parts.probe()) this.succeeded();
    else this.#countDown(attempt + 1);
  }

  #become(link: Link): void {
    this.#link = link;
    this.#parts.onChange(link);
  }

  #wake(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of all) wake();
  }
}
