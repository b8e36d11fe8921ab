/** New images: dropped, pasted, chosen, or a sample. */

import { upload } from "../api/images";
import { Problem } from "../api/problem";
import type { ImageItem } from "../api/types";
import { text } from "../i18n/text";
import { report } from "./failures";
import { openImage } from "./opening";
import { client, insist } from "./server";
import { health, images } from "./store";

export interface Sample {
  readonly file: string;
  readonly name: "cat" | "coffee" | "rocket";
}

export const SAMPLES: readonly Sample[] = [
  { file: "samples/cat.jpg", name: "cat" },
  { file: "samples/coffee.jpg", name: "coffee" },
  { file: "samples/rocket.jpg", name: "rocket" },
];

const PASTED = "pasted.png";
const NO_PICTURE = /^(text|video|audio)\//;

/** Upload all of `files`; the first that the server can read is opened. */
export async function addFiles(files: readonly File[]): Promise<void> {
  let isFirst = true;
  for (const file of files) {
    const item = await sent(file, file.name || PASTED);
    if (item === null || !isFirst) continue;
    isFirst = false;
    void openImage(item);
  }
}

export async function addSample({ file }: Sample): Promise<void> {
  try {
    const bytes = await insist(() => client.file(file));
    const item = await sent(bytes, file.slice(file.lastIndexOf("/") + 1));
    if (item !== null) await openImage(item);
  } catch (error) {
    report(error);
  }
}

/** Ask for files by the system's own dialog. */
export function chooseFiles(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*,.tif,.tiff";
  input.multiple = true;
  input.onchange = () => void addFiles([...(input.files ?? [])]);
  input.click();
}

async function sent(bytes: Blob, name: string): Promise<ImageItem | null> {
  try {
    refuseEarly(bytes);
    const item = await insist(() => upload(client, bytes, name));
    const others = images.peek().filter(({ id }) => id !== item.id);
    const at = images.peek().findIndex(({ id }) => id === item.id);
    images.value = at < 0 ? [...others, item] : images.peek();
    return item;
  } catch (error) {
    report(error, { label: text("action.choose"), run: chooseFiles }, name);
    return null;
  }
}

/** What the server would refuse anyway, before megabytes are sent. */
function refuseEarly(bytes: Blob): void {
  const limit = health.peek()?.limits["upload_bytes"];
  if (NO_PICTURE.test(bytes.type)) throw new Problem("unsupported_type", 415, "");
  if (limit !== undefined && bytes.size > limit) throw new Problem("too_large", 413, "", { limit });
}
