/** The annotation of an image, with the ETag that guards it against other tabs. */

import type { AnnotationDocument } from "../state/state";
import type { Client } from "./client";
import { jsonBody } from "./client";
import { Problem } from "./problem";

export interface Stored<Body> {
  readonly body: Body;
  readonly etag: string | null;
}

/** What the server has; null if nothing yet. */
export async function loadAnnotation(
  client: Client,
  image: string,
  signal?: AbortSignal,
): Promise<Stored<AnnotationDocument> | null> {
  try {
    const response = await client.call(path(image), { signal });
    const body = await client.parsed<AnnotationDocument>(response);
    return { body, etag: response.headers.get("ETag") };
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return null;
    throw error;
  }
}

/** The new ETag; 412 `conflict` if the server no longer has what `etag` names. */
export async function saveAnnotation(
  client: Client,
  image: string,
  document: AnnotationDocument,
  etag: string | null,
): Promise<Stored<{ readonly revision: number }>> {
  const guard = etag === null ? { "If-None-Match": "*" } : { "If-Match": etag };
  const options = jsonBody("PUT", document);
  const headers = { ...options.headers, ...guard };
  const response = await client.call(path(image), { ...options, headers });
  const body = await client.parsed<{ readonly revision: number }>(response);
  return { body, etag: response.headers.get("ETag") };
}

function path(image: string): string {
  return `images/${encodeURIComponent(image)}/annotation`;
}
