/** A thin bar while the server reads the image, measured against how long that takes as a rule. */

import { number, text } from "../i18n/text";
import { useNow } from "./now";
import { opening, picture } from "./store";

const STEP_MS = 100;
const USUAL_MS = 3000;

export function Preparing() {
  const { value } = opening;
  if (value.kind === "loading" && picture.value === null) {
    return <p class="preparing">{text("preparing.loading")}</p>;
  }
  if (value.kind !== "preparing") return null;
  return <Bar since={value.since} usualMs={value.medianMs ?? USUAL_MS} />;
}

function Bar({ since, usualMs }: { readonly since: number; readonly usualMs: number }) {
  const elapsed = Math.max(0, useNow(STEP_MS) - since);
  const sentence = text("preparing.bar", { seconds: number(elapsed / 1000, 1) });
  return (
    <div class="preparing" data-testid="preparing">
      <progress
        max={1}
        value={Math.min(0.97, elapsed / usualMs)}
        aria-label={text("preparing.name")}
      />
      <span>{sentence}</span>
    </div>
  );
}
