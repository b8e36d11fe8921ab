import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { type Patience, pause, persist } from "./patience";
import { Problem } from "./problem";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const failed = vi.fn(async () => undefined);
  const busy: string[] = [];
  const patience: Patience = {
    connection: { failed, succeeded: () => undefined },
    onBusy: ({ code }) => busy.push(code),
  };
  return { patience, failed, busy };
}

/** Fails with each of `problems` in turn, then answers. */
function afterAll(problems: readonly Problem[]) {
  const left = [...problems];
  return async (): Promise<string> => {
    const next = left.shift();
    if (next) throw next;
    return "answer";
  };
}

it("tries again once the server is back", async () => {
  const { patience, failed } = setUp();

  const answer = await persist(afterAll([new Problem("offline", 0, "")]), patience);

  expect(answer).toBe("answer");
  expect(failed).toHaveBeenCalledOnce();
});

it("waits as long as a busy server asks, and says so", async () => {
  const { patience, busy } = setUp();
  const answered = vi.fn();

  void persist(afterAll([new Problem("busy", 429, "", {}, 3000)]), patience).then(answered);
  await vi.advanceTimersByTimeAsync(2999);
  expect(answered).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);

  expect(answered).toHaveBeenCalledWith("answer");
  expect(busy).toEqual(["busy"]);
});

it("waits for a model that is still loading", async () => {
  const { patience } = setUp();

  const answer = persist(afterAll([new Problem("loading", 503, "")]), patience);
  await vi.advanceTimersByTimeAsync(2000);

  expect(await answer).toBe("answer");
});

it("does not repeat what repeating cannot help", async () => {
  const { patience } = setUp();

  const answer = persist(afterAll([new Problem("invalid", 422, "No.")]), patience);

  await expect(answer).rejects.toMatchObject({ code: "invalid" });
});

it("stops waiting when the call is no longer wanted", async () => {
  const wanted = new AbortController();

  const pausing = pause(5000, wanted.signal);
  wanted.abort();

  await expect(pausing).rejects.toMatchObject({ name: "AbortError" });
});
