/** From one image to the next. */

import { text } from "../i18n/text";
import { finishOrDrop } from "./edits";
import { news } from "./failures";
import { openNeighbour } from "./opening";
import { dispatch, state } from "./store";
import { saveNow } from "./work";

/** Finish what is open, save, show the next image. */
export function finishAndNext(): void {
  finishOrDrop();
  saveNow();
  openNeighbour(1);
}

/** The image is done, or after all not. */
export function markDone(): void {
  if (state.peek().image === null) return;
  finishOrDrop();
  const isDone = state.peek().status === "done";
  dispatch({ type: "status", status: isDone ? "progress" : "done" });
  saveNow();
  news("done", text(isDone ? "news.undone" : "news.done"));
}
