/** Calls that are worth repeating: no server, a busy one, a model still loading. */

import type { Connection } from "./connection";
import { Problem } from "./problem";

const DEFAULT_WAIT_MS = 2000;

export interface Patience {
  readonly connection: Pick<Connection, "failed" | "succeeded">;
  readonly onBusy: (problem: Problem) => void;
}

/** What `attempt` gives, tried until the server has an answer that waiting cannot change. */
export async function persist<Answer>(
  attempt: () => Promise<Answer>,
  patience: Patience,
  signal?: AbortSignal,
): Promise<Answer> {
  for (;;) {
    try {
      const answer = await attempt();
      patience.connection.succeeded();
      return answer;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await untilWorthIt(error, patience, signal);
    }
  }
}

/** Resolves when the call is worth another try; throws `problem` if it never is. */
async function untilWorthIt(
  problem: Problem,
  patience: Patience,
  signal?: AbortSignal,
): Promise<void> {
  if (problem.code === "offline") return patience.connection.failed(signal);
  patience.connection.succeeded();
  if (problem.code !== "busy" && problem.code !== "loading") throw problem;
  patience.onBusy(problem);
  await pause(problem.retryAfterMs ?? DEFAULT_WAIT_MS, signal);
}

/** Resolves after `ms`; rejects as soon as `signal` says so. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new DOMException("No longer wanted.", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
