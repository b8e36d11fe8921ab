/** Work that takes the server longer than one call. */

import type { Client } from "./client";
import { jsonBody } from "./client";
import { pause } from "./patience";
import { Problem } from "./problem";
import type { ExportBody, ImportFormat, Job } from "./types";

const POLL_MS = 250;

/** The job once it has ended; `onProgress` hears of each step. */
export async function follow(
  client: Client,
  job: Job,
  onProgress: (job: Job) => void,
  signal?: AbortSignal,
): Promise<Job> {
  let present = job;
  onProgress(present);
  while (present.state === "queued" || present.state === "running") {
    await pause(POLL_MS, signal);
    present = await client.json<Job>(`jobs/${encodeURIComponent(job.id)}`, { signal });
    onProgress(present);
  }
  if (present.state !== "failed") return present;
  const { code = "internal", status = 500, detail = "" } = present.error ?? {};
  throw new Problem(String(code), status, String(detail));
}

export async function cancelJob(client: Client, job: Job): Promise<void> {
  await client.call(`jobs/${encodeURIComponent(job.id)}`, { method: "DELETE" });
}

export function startExport(client: Client, body: ExportBody): Promise<Job> {
  return client.json<Job>("export", jsonBody("POST", body));
}

/** The file that a finished job left, and the name the server gave it. */
export async function jobResult(
  client: Client,
  job: Job,
): Promise<{ readonly file: Blob; readonly name: string }> {
  const response = await client.call(`jobs/${encodeURIComponent(job.id)}/result`);
  return {
    file: await response.blob(),
    name: fileName(response.headers.get("Content-Disposition")),
  };
}

/** Objects found in `file`, each a mask that clicks can change. */
export async function importFile(
  client: Client,
  image: string,
  format: ImportFormat,
  file: Blob,
): Promise<unknown> {
  const path = `images/${encodeURIComponent(image)}/import?format=${format}`;
  const headers = { "Content-Type": "application/octet-stream" };
  return client.json<unknown>(path, { method: "POST", body: file, headers });
}

function fileName(disposition: string | null): string {
  const plain = /filename="?([^";]+)"?/.exec(disposition ?? "");
  return plain?.[1] ?? "gpcis-export.zip";
}
