import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Client } from "./client";
import { follow } from "./jobs";
import type { Job } from "./types";

const JOB: Job = {
  id: "j1",
  kind: "export",
  state: "queued",
  progress: 0,
  elapsed_ms: 0,
  median_ms: null,
  error: null,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that shows each of `steps` in turn. */
function showing(steps: readonly Partial<Job>[]): Client {
  const left = [...steps];
  return new Client(
    "http://here.test/",
    null,
    async () => new Response(JSON.stringify({ ...JOB, ...left.shift() })),
  );
}

it("asks until the job has ended, and tells each step", async () => {
  const client = showing([
    { state: "running", progress: 0.5 },
    { state: "done", progress: 1 },
  ]);
  const seen: number[] = [];

  const done = follow(client, JOB, ({ progress }) => seen.push(progress));
  await vi.advanceTimersByTimeAsync(500);

  expect((await done).state).toBe("done");
  expect(seen).toEqual([0, 0.5, 1]);
});

it("does not ask for a job that has ended already", async () => {
  const done = await follow(showing([]), { ...JOB, state: "done" }, () => undefined);

  expect(done.state).toBe("done");
});

it("throws the problem of a job that has failed", async () => {
  const error = { title: "", status: 507, detail: "Full.", code: "disk_full" };

  const failing = follow(showing([]), { ...JOB, state: "failed", error }, () => undefined);

  await expect(failing).rejects.toMatchObject({ code: "disk_full", status: 507 });
});
