/** Clicks to a mask. */

import { BodyError, MASK_TYPE, type MaskBody, readBody, readGrid } from "../engine/body";
import type { Grid } from "../engine/types";
import type { SegmentBody } from "../state/requests";
import type { Answer } from "../state/state";
import { type Client, jsonBody } from "./client";
import { Problem } from "./problem";

/** What of the soft maps is asked for beside the mask. */
export type Want = "prob" | "var";

export interface Call {
  readonly image: string;
  /** Names the tab: the server keeps the newest call of each tab and object. */
  readonly client: string;
  readonly body: SegmentBody;
}

export interface Answered {
  readonly rev: number;
  readonly answer: Answer;
}

/** The mask for the clicks of `call`. */
export async function segment(client: Client, call: Call, signal: AbortSignal): Promise<Answered> {
  const body = await masked(client, call, call.body.want, signal);
  const { header, mask } = body;
  const answer: Answer = {
    kind: header.kind,
    refine: header.refine ?? false,
    mask,
    area: header.area ?? 0,
    marks: header.marks ?? [],
    est_iou: header.est_iou ?? null,
    next: header.next ?? null,
    prob: await understood(readGrid(body, "prob")),
  };
  return { rev: header.rev, answer };
}

/** How unsure the model is of each cell; null if it cannot say. */
export async function variance(
  client: Client,
  call: Call,
  signal: AbortSignal,
): Promise<Grid | null> {
  return understood(readGrid(await masked(client, call, ["var"], signal), "var"));
}

async function masked(
  client: Client,
  { image, client: tab, body }: Call,
  want: readonly Want[],
  signal: AbortSignal,
): Promise<MaskBody> {
  const options = jsonBody("POST", { client: tab, ...body, want });
  const headers = { ...options.headers, Accept: MASK_TYPE };
  const path = `images/${encodeURIComponent(image)}/segment`;
  const response = await client.call(path, { ...options, headers, signal });
  const bytes = await response.arrayBuffer();
  return understood(() => readBody(bytes));
}

/** What `read` gives; a body that makes no sense is a problem like any other. */
async function understood<Value>(read: Promise<Value> | (() => Value)): Promise<Value> {
  try {
    return await (typeof read === "function" ? read() : read);
  } catch (error) {
    if (error instanceof BodyError) throw new Problem("unreadable", 200, error.message);
    throw error;
  }
}
