/** The line at the bottom: zoom, place, times, queue. */

import { number, percent, text } from "../i18n/text";
import { cursor, opening, pointer, state, times, viewport, waitingCount } from "./store";

export function Footer() {
  const { image } = state.value;
  const at = cursor.value ?? pointer.value;
  const { preview, refine } = times.value;
  return (
    <footer class="foot">
      {image !== null && (
        <>
          <span class="zoom" data-testid="zoom">
            {percent(viewport.value.scale)}
          </span>
          <span class="size">
            {text("foot.size", { width: image.width, height: image.height })}
          </span>
          <span class="place" data-testid="place">
            {at !== null && text("foot.place", { x: Math.floor(at.x), y: Math.floor(at.y) })}
          </span>
        </>
      )}
      <span class="spacer" />
      {isRefining() && <span class="refining">{text("foot.refining")}</span>}
      {preview !== null && (
        <span class="time">{text("foot.preview", { ms: number(preview) })}</span>
      )}
      {refine !== null && <span class="time">{text("foot.refine", { ms: number(refine) })}</span>}
      {image !== null && (
        <span class="queue">{text("foot.queue", { count: waitingCount.value })}</span>
      )}
    </footer>
  );
}

/** An answer is there or under way, and a better one will follow. */
function isRefining(): boolean {
  if (opening.value.kind === "preparing") return false;
  return state.value.work.objects.some(
    ({ phase, shown }) => phase.kind === "queued" || (phase.kind === "preview" && shown?.refine),
  );
}
