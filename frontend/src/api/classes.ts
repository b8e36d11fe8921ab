/** The project's classes, guarded by an ETag as annotations are. */

import type { Stored } from "./annotations";
import type { Client } from "./client";
import { jsonBody } from "./client";
import type { ClassList } from "./types";

export async function loadClasses(client: Client): Promise<Stored<ClassList>> {
  const response = await client.call("classes");
  return { body: await client.parsed<ClassList>(response), etag: response.headers.get("ETag") };
}

export async function saveClasses(
  client: Client,
  classes: ClassList,
  etag: string | null,
): Promise<Stored<ClassList>> {
  const guard = etag === null ? { "If-None-Match": "*" } : { "If-Match": etag };
  const options = jsonBody("PUT", classes);
  const response = await client.call("classes", {
    ...options,
    headers: { ...options.headers, ...guard },
  });
  return { body: classes, etag: response.headers.get("ETag") };
}
