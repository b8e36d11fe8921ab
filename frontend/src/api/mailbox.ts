/** Latest wins: a new request aborts the one in flight; a late answer is never drawn. */

export interface Revised {
  readonly rev: number;
}

export interface MailboxParts<Request, Answer> {
  readonly send: (request: Request, signal: AbortSignal) => Promise<Answer>;
  readonly onAnswer: (request: Request, answer: Answer) => void;
  readonly onError: (request: Request, error: unknown) => void;
}

export class Mailbox<Request extends Revised, Answer extends Revised> {
  readonly #parts: MailboxParts<Request, Answer>;
  #inFlight: AbortController | null = null;

  constructor(parts: MailboxParts<Request, Answer>) {
    this.#parts = parts;
  }

  /** Ask for `request`; whatever was asked before no longer matters. */
  async post(request: Request): Promise<void> {
    this.clear();
    const mine = new AbortController();
    this.#inFlight = mine;
    try {
      const answer = await this.#parts.send(request, mine.signal);
      if (this.#inFlight !== mine) return;
      this.#inFlight = null;
      if (answer.rev === request.rev) this.#parts.onAnswer(request, answer);
    } catch (error) {
      if (this.#inFlight !== mine) return;
      this.#inFlight = null;
      this.#parts.onError(request, error);
    }
  }

  /** Nothing that was asked matters any more. */
  clear(): void {
    this.#inFlight?.abort();
    this.#inFlight = null;
  }
}
