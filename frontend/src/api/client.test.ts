import { describe, expect, it } from "vitest";

import { Client, type Fetch, jsonBody } from "./client";
import { asProblem, Problem } from "./problem";

const BASE = "http://here.test/gpcis/";

/** Remembers calls, answers each with what `answer` makes. */
function spied(answer: () => Response | Error) {
  const calls: { readonly url: string; readonly init: RequestInit }[] = [];
  const fetch: Fetch = async (url, init) => {
    calls.push({ url, init });
    const made = answer();
    if (made instanceof Error) throw made;
    return made;
  };
  return { calls, fetch };
}

function problemAnswer(
  body: object,
  status: number,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

async function problemOf(answer: () => Response | Error): Promise<Problem | null> {
  const client = new Client(BASE, null, spied(answer).fetch);
  return client.call("health").then(
    () => null,
    (error: unknown) => asProblem(error),
  );
}

describe("a call", () => {
  it("stays below the address of the page", async () => {
    const { calls, fetch } = spied(() => new Response("{}"));

    await new Client(BASE, null, fetch).call("health");

    expect(calls[0]?.url).toBe("http://here.test/gpcis/api/v1/health");
  });

  it("says X-GPCIS only where something is changed, and the token everywhere", async () => {
    const { calls, fetch } = spied(() => new Response("{}"));
    const client = new Client(BASE, "secret", fetch);

    await client.call("classes");
    await client.call("classes", jsonBody("PUT", {}));

    expect(calls[0]?.init.headers).toEqual({ Authorization: "Bearer secret" });
    expect(calls[1]?.init.headers).toEqual({
      Authorization: "Bearer secret",
      "X-GPCIS": "1",
      "Content-Type": "application/json",
    });
  });

  it("never says the token in an address", async () => {
    const { calls, fetch } = spied(() => new Response("{}"));

    await new Client(BASE, "secret", fetch).call("images?name=a");

    expect(calls[0]?.url).not.toContain("secret");
  });
});

describe("a failure", () => {
  it("becomes the problem that the server tells", async () => {
    const body = {
      code: "too_large",
      title: "Too large",
      status: 413,
      detail: "64 MB.",
      limit: 64,
    };

    const problem = await problemOf(() => problemAnswer(body, 413));

    expect(problem).toMatchObject({ code: "too_large", status: 413, detail: "64 MB." });
    expect(problem?.extra).toEqual({ limit: 64 });
  });

  it("remembers how long the server asks to wait", async () => {
    const body = { code: "busy", title: "", status: 429, detail: "" };

    const problem = await problemOf(() => problemAnswer(body, 429, { "Retry-After": "3" }));

    expect(problem?.retryAfterMs).toBe(3000);
  });

  it.each([
    ["a proxy without its server", 502, "offline"],
    ["a proxy's own limit", 413, "too_large"],
    ["a page of somebody else", 418, "unreadable"],
  ])("of %s has a code too", async (_, status, code) => {
    const problem = await problemOf(() => new Response("<html>", { status }));

    expect(problem?.code).toBe(code);
  });

  it("without any answer is called offline", async () => {
    const problem = await problemOf(() => new TypeError("Failed to fetch"));

    expect(problem?.code).toBe("offline");
  });

  it("that was wanted is no problem", async () => {
    const problem = await problemOf(() => new DOMException("No longer wanted.", "AbortError"));

    expect(problem).toBeNull();
  });

  it("to send JSON is called unreadable", async () => {
    const client = new Client(BASE, null, spied(() => new Response("{cut")).fetch);

    await expect(client.json("health")).rejects.toMatchObject({ code: "unreadable" });
  });

  it("has details that can be copied", () => {
    const problem = new Problem("internal", 500, "Look under 12.", { id: "12" });

    expect(JSON.parse(problem.details())).toEqual({
      code: "internal",
      status: 500,
      detail: "Look under 12.",
      id: "12",
    });
  });
});
