import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { backOffMs, Connection, type Link } from "./connection";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(isServerBack = () => true) {
  const links: Link[] = [];
  const connection = new Connection({
    probe: async () => isServerBack(),
    onChange: (link) => links.push(link),
    now: () => Date.now(),
    random: () => 0,
  });
  return { links, connection };
}

it("waits from 1 to 15 seconds, doubling", () => {
  const waits = [0, 1, 2, 3, 4, 9].map((attempt) => backOffMs(attempt, () => 0));

  expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});

it("shortens waits by chance, so that tabs do not call all at once", () => {
  expect(backOffMs(2, () => 1)).toBe(3200);
});

it("wakes who waits after the countdown", async () => {
  const { connection, links } = setUp();
  const woken = vi.fn();

  void connection.failed().then(woken);
  await vi.advanceTimersByTimeAsync(999);
  expect(woken).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);

  expect(woken).toHaveBeenCalledOnce();
  expect(links[0]).toMatchObject({ kind: "down", attempt: 0 });
});

it("waits longer when the next try fails too", async () => {
  const { connection, links } = setUp();

  void connection.failed().then(() => void connection.failed());
  await vi.advanceTimersByTimeAsync(1000);

  expect(links.at(-1)).toMatchObject({ kind: "down", attempt: 1 });
});

it("shows one countdown to several callers", async () => {
  const { connection, links } = setUp();

  void connection.failed();
  await vi.advanceTimersByTimeAsync(300);
  void connection.failed();

  expect(links).toHaveLength(1);
});

it("is up again as soon as a call gets through", () => {
  const { connection, links } = setUp();

  void connection.failed();
  connection.succeeded();

  expect(links.at(-1)).toEqual({ kind: "up" });
});

it("tries at once when the user asks for it", async () => {
  const { connection } = setUp();
  const woken = vi.fn();

  void connection.failed().then(woken);
  connection.retryNow();
  await vi.advanceTimersByTimeAsync(0);

  expect(woken).toHaveBeenCalledOnce();
});

it("finds the server by a probe when nobody waits any more", async () => {
  const { connection, links } = setUp();
  const wanted = new AbortController();

  const waiting = connection.failed(wanted.signal).catch((error: Error) => error.name);
  wanted.abort();
  await vi.advanceTimersByTimeAsync(1000);

  expect(await waiting).toBe("AbortError");
  expect(links.at(-1)).toEqual({ kind: "up" });
});

it("counts on while the probe fails", async () => {
  const { connection, links } = setUp(() => false);
  const wanted = new AbortController();

  void connection.failed(wanted.signal).catch(() => undefined);
  wanted.abort();
  await vi.advanceTimersByTimeAsync(1000);

  expect(links.at(-1)).toMatchObject({ kind: "down", attempt: 1 });
});
