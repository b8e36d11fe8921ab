import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Problem } from "../api/problem";
import type { AnnotationDocument } from "../state/state";
import { Saver, type SaveState, type Snapshot } from "./saver";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function snapshot(changes: number): Snapshot {
  const image = { id: "ab", name: "a.png", sha256: "", width: 4, height: 3 };
  const document: AnnotationDocument = {
    schema: "gpcis/1",
    image,
    status: "progress",
    objects: [],
    model: null,
    revision: changes,
  };
  return { changes, document };
}

/** A server that takes every document, or fails with what is thrown at it. */
function setUp(failures: readonly Error[] = []) {
  const puts: { readonly revision: number; readonly etag: string | null }[] = [];
  const states: SaveState["kind"][] = [];
  const left = [...failures];
  const saver = new Saver(null, {
    put: async ({ revision }, etag) => {
      puts.push({ revision, etag });
      const failure = left.shift();
      if (failure) throw failure;
      return { body: { revision }, etag: `v${revision}` };
    },
    onState: ({ kind }) => states.push(kind),
    onSaved: () => undefined,
    now: () => Date.now(),
  });
  return { saver, puts, states };
}

it("saves one second after the last change", async () => {
  const { saver, puts } = setUp();

  saver.changed(snapshot(1));
  await vi.advanceTimersByTimeAsync(999);
  expect(puts).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);

  expect(puts).toEqual([{ revision: 1, etag: null }]);
});

it("saves two seconds after the first change though changes go on", async () => {
  const { saver, puts } = setUp();

  for (let change = 1; change <= 8; change++) {
    saver.changed(snapshot(change));
    await vi.advanceTimersByTimeAsync(300);
  }

  expect(puts[0]).toMatchObject({ revision: 7 });
});

it("replaces the version that it has written itself", async () => {
  const { saver, puts } = setUp();

  saver.changed(snapshot(1));
  await saver.flush();
  saver.changed(snapshot(2));
  await saver.flush();

  expect(puts[1]).toEqual({ revision: 2, etag: "v1" });
});

it("saves what was changed during a save as well", async () => {
  const { saver, puts } = setUp();

  saver.changed(snapshot(1));
  const saving = saver.flush();
  saver.changed(snapshot(2));
  await saving;
  expect(saver.isDirty).toBe(true);
  await vi.advanceTimersByTimeAsync(2000);

  expect(puts.map(({ revision }) => revision)).toEqual([1, 2]);
  expect(saver.isDirty).toBe(false);
});

it("stays dirty after a failure, and tries again by itself", async () => {
  const { saver, puts, states } = setUp([new Problem("disk_full", 507, "")]);

  saver.changed(snapshot(1));
  await saver.flush();
  expect([saver.isDirty, states.at(-1)]).toEqual([true, "failed"]);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(puts).toHaveLength(2);
  expect([saver.isDirty, states.at(-1)]).toEqual([false, "saved"]);
});

it("waits for a decision when another tab has saved", async () => {
  const { saver, puts, states } = setUp([new Problem("conflict", 412, "", { etag: "theirs" })]);

  saver.changed(snapshot(1));
  await saver.flush();
  saver.changed(snapshot(2));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([puts.length, states.at(-1)]).toEqual([1, "conflict"]);
  await saver.keepMine("theirs");

  expect(puts[1]).toEqual({ revision: 2, etag: "theirs" });
  expect(states.at(-1)).toBe("saved");
});

it("has nothing to save once it is dropped", async () => {
  const { saver, puts } = setUp();

  saver.changed(snapshot(1));
  saver.drop();
  await vi.advanceTimersByTimeAsync(60_000);

  expect([puts.length, saver.isDirty]).toEqual([0, false]);
});

it("says that it is not saved while the server cannot be reached", () => {
  const { saver, states } = setUp();

  saver.changed(snapshot(1));
  void saver.flush();
  saver.told(new Problem("offline", 0, ""));

  expect(states.at(-1)).toBe("failed");
});
