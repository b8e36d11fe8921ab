/** Which image is on the stage: opening, preparing, neighbours. */

import { loadAnnotation, type Stored } from "../api/annotations";
import { encode, picture as fetchPicture, listImages, oneImage, type Picture } from "../api/images";
import { follow } from "../api/jobs";
import { asProblem } from "../api/problem";
import type { ImageItem, ImagePage } from "../api/types";
import { text } from "../i18n/text";
import type { AnnotationDocument, ImageInfo } from "../state/state";
import { report } from "./failures";
import { client, insist } from "./server";
import {
  cursor,
  dispatch,
  dotMenu,
  hoveredDot,
  imageIndex,
  images,
  isNewWanted,
  opening,
  picture,
  pointer,
} from "./store";
import { leaveWork, startWork } from "./work";

const LAST_IMAGE = "gpcis.image";
const NEIGHBOURS = [1, -1];

let errand = new AbortController();

/** Show `item`, with the work that was saved of it. */
export async function openImage(item: ImageItem): Promise<void> {
  const mine = begin(item.id);
  void prepare(item.id, mine.signal);
  try {
    const [shown, stored] = await Promise.all([
      insist(() => fetchPicture(client, item.id, mine.signal), mine.signal),
      insist(() => storedWork(item.id, mine.signal), mine.signal),
    ]);
    const bitmap = await createImageBitmap(shown.bytes);
    if (mine.signal.aborted) return bitmap.close();
    const image = toInfo(item, shown, bitmap);
    dispatch({ type: "open-image", image, document: stored?.body ?? null });
    picture.value = { image: item.id, bitmap };
    sessionStorage.setItem(LAST_IMAGE, item.id);
    await startWork(item.id, stored);
  } catch (error) {
    if (mine.signal.aborted || asProblem(error) === null) return;
    opening.value = { kind: "none" };
    report(error, { label: text("action.retry"), run: () => void openImage(item) });
  }
}

/** What the server has of the image's work; asked for only where there is some. */
async function storedWork(
  id: string,
  signal: AbortSignal,
): Promise<Stored<AnnotationDocument> | null> {
  const { objects, status } = await oneImage(client, id, signal);
  return objects === 0 && status === "new" ? null : loadAnnotation(client, id, signal);
}

/** Leave the image; the page is as at first, with samples and drop zone. */
export function goHome(): void {
  begin(null);
  sessionStorage.removeItem(LAST_IMAGE);
}

/** Open the image `step` places further; null where there is none. */
export function openNeighbour(step: 1 | -1): void {
  const item = images.peek()[imageIndex.peek() + step];
  if (item) void openImage(item);
}

/** All images of the project; then the one this tab had open, or the first not done. */
export async function loadImages(): Promise<void> {
  const all: ImageItem[] = [];
  let cursor: string | null = null;
  do {
    const from: string | null = cursor;
    const page: ImagePage = await insist(() => listImages(client, from));
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  images.value = all;
  const last = sessionStorage.getItem(LAST_IMAGE);
  const item = all.find(({ id }) => id === last);
  if (item) await openImage(item);
}

function begin(id: string | null): AbortController {
  errand.abort();
  errand = new AbortController();
  leaveWork();
  picture.peek()?.bitmap.close();
  picture.value = null;
  dotMenu.value = null;
  hoveredDot.value = null;
  cursor.value = null;
  pointer.value = null;
  isNewWanted.value = false;
  dispatch({ type: "open-image", image: null, document: null });
  opening.value = id === null ? { kind: "none" } : { kind: "loading", id };
  return errand;
}

/** Encode the image before the first click, then its neighbours. */
async function prepare(id: string, signal: AbortSignal): Promise<void> {
  const since = performance.now();
  try {
    const job = await insist(() => encode(client, id, false, signal), signal);
    const show = (medianMs: number | null): void => {
      if (!signal.aborted) opening.value = { kind: "preparing", id, since, medianMs };
    };
    await follow(client, job, (now) => show(now.median_ms), signal);
  } catch {
    // A click encodes too, and says what is wrong.
  }
  if (signal.aborted) return;
  opening.value = { kind: "ready", id };
  for (const step of NEIGHBOURS) void prefetch(images.peek()[imageIndex.peek() + step], signal);
}

/** Have the next image ready: its features on the server, its picture in the browser. */
async function prefetch(item: ImageItem | undefined, signal: AbortSignal): Promise<void> {
  if (!item) return;
  try {
    await encode(client, item.id, true, signal);
    await fetchPicture(client, item.id, signal);
  } catch {
    // Opening it asks again, and says what is wrong.
  }
}

function toInfo(item: ImageItem, shown: Picture, bitmap: ImageBitmap): ImageInfo {
  const width = shown.width ?? item.width ?? bitmap.width;
  const height = shown.height ?? item.height ?? bitmap.height;
  return { id: item.id, name: item.name, sha256: shown.sha256, width, height };
}
