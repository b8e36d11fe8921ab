/** Images of the project: list, upload, picture, preparing. */

import type { Client } from "./client";
import { jsonBody } from "./client";
import type { ImageItem, ImagePage, Job } from "./types";

const PAGE = 500;
const LONGEST_SIDE = 4096;

/** One page of the list; `cursor` is null for the first. */
export function listImages(
  client: Client,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<ImagePage> {
  const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  return client.json<ImagePage>(`images?limit=${PAGE}${from}`, { signal });
}

/** The item as it is by now. */
export function oneImage(client: Client, id: string, signal?: AbortSignal): Promise<ImageItem> {
  return client.json<ImageItem>(`images/${encodeURIComponent(id)}`, { signal });
}

/** The item that the server made of `file`. */
export function upload(client: Client, file: Blob, name: string): Promise<ImageItem> {
  return client.json<ImageItem>(`images?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body: file,
    headers: { "Content-Type": "application/octet-stream" },
  });
}

/** A picture as the server scaled it, and the true size of the image. */
export interface Picture {
  readonly bytes: Blob;
  readonly width: number | null;
  readonly height: number | null;
  /** Of the image's file; "" from a server that does not tell. */
  readonly sha256: string;
}

export async function picture(client: Client, id: string, signal?: AbortSignal): Promise<Picture> {
  const path = `images/${encodeURIComponent(id)}/data?max=${LONGEST_SIDE}`;
  const response = await client.call(path, { signal });
  const [width, height] = (response.headers.get("X-GPCIS-Size") ?? "").split(",").map(Number);
  const sha256 = response.headers.get("X-GPCIS-SHA256") ?? "";
  return { bytes: await response.blob(), width: positive(width), height: positive(height), sha256 };
}

/** The job that prepares an image; `isAhead` for one that the user may open next. */
export async function encode(
  client: Client,
  id: string,
  isAhead: boolean,
  signal?: AbortSignal,
): Promise<Job> {
  const options = { ...jsonBody("POST", { prefetch: isAhead }), signal };
  return client.json<Job>(`images/${encodeURIComponent(id)}/encode`, options);
}

function positive(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}
