import { expect, it } from "vitest";

import type { AnnotationDocument } from "../state/state";
import { loadAnnotation, saveAnnotation } from "./annotations";
import { Client } from "./client";

const DOCUMENT: AnnotationDocument = {
  schema: "gpcis/1",
  image: { id: "ab", name: "a.png", sha256: "", width: 4, height: 3 },
  status: "new",
  objects: [],
  model: null,
  revision: 0,
};

function setUp(answer: Response) {
  const headers: Record<string, string>[] = [];
  const client = new Client("http://here.test/", null, async (_, init) => {
    headers.push({ ...(init.headers as Record<string, string>) });
    return answer;
  });
  return { client, headers };
}

it("has nothing for an image that nobody has worked on", async () => {
  const body = { code: "not_found", title: "", status: 404, detail: "" };
  const { client } = setUp(new Response(JSON.stringify(body), { status: 404 }));

  expect(await loadAnnotation(client, "ab")).toBeNull();
});

it("brings the version along that a later save replaces", async () => {
  const { client } = setUp(new Response(JSON.stringify(DOCUMENT), { headers: { ETag: '"v1"' } }));

  expect(await loadAnnotation(client, "ab")).toEqual({ body: DOCUMENT, etag: '"v1"' });
});

it("replaces only the version it knows", async () => {
  const { client, headers } = setUp(new Response('{"revision":2}', { headers: { ETag: '"v2"' } }));

  const stored = await saveAnnotation(client, "ab", DOCUMENT, '"v1"');

  expect(headers[0]?.["If-Match"]).toBe('"v1"');
  expect(stored).toEqual({ body: { revision: 2 }, etag: '"v2"' });
});

it("creates only where nothing is yet", async () => {
  const { client, headers } = setUp(new Response('{"revision":1}'));

  await saveAnnotation(client, "ab", DOCUMENT, null);

  expect(headers[0]?.["If-None-Match"]).toBe("*");
});
