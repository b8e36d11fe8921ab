/** Sends what the state wishes for; the newest wish of an object wins. */

import { Mailbox } from "../api/mailbox";
import type { Wish } from "../state/requests";
import type { Answer } from "../state/state";

export interface Asked {
  readonly rev: number;
  readonly wish: Wish;
}

export interface Answered {
  readonly rev: number;
  readonly answer: Answer;
}

export interface AskerParts {
  readonly send: (wish: Wish, signal: AbortSignal) => Promise<Answered>;
  readonly onAnswer: (wish: Wish, answer: Answer, elapsedMs: number) => void;
  readonly onError: (wish: Wish, error: unknown) => void;
  readonly now: () => number;
}

interface Line {
  readonly mailbox: Mailbox<Asked, Answered>;
  key: string;
}

export class Asker {
  readonly #parts: AskerParts;
  readonly #lines = new Map<string, Line>();

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /** Post each new wish; abort what nobody wishes for any more. */
  follow(wishes: readonly Wish[]): void {
    const wanted = new Set(wishes.map((wish) => wish.body.object));
    for (const [object, line] of [...this.#lines]) {
      if (wanted.has(object)) continue;
      line.mailbox.clear();
      this.#lines.delete(object);
    }
    for (const wish of wishes) this.#ask(wish);
  }

  /** Nothing that was asked about `object` matters any more. */
  cancel(object: string): void {
    this.#lines.get(object)?.mailbox.clear();
  }

  #ask(wish: Wish): void {
    const { object, rev } = wish.body;
    const line = this.#lines.get(object) ?? { mailbox: this.#mailbox(), key: "" };
    if (line.key === wish.key) return;
    line.key = wish.key;
    this.#lines.set(object, line);
    void line.mailbox.post({ rev, wish });
  }

  #mailbox(): Mailbox<Asked, Answered> {
    const { send, onAnswer, onError, now } = this.#parts;
    let since = 0;
    return new Mailbox<Asked, Answered>({
      send: ({ wish }, signal) => {
        since = now();
        return send(wish, signal);
      },
      onAnswer: ({ wish }, { answer }) => onAnswer(wish, answer, now() - since),
      onError: ({ wish }, error) => onError(wish, error),
    });
  }
}
