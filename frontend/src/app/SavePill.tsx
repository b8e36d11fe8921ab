/** Whether the work is safe. */

import { clock, text } from "../i18n/text";
import { sentenceOf } from "./failures";
import type { SaveState } from "./saver";
import { saving, state } from "./store";
import { saveNow } from "./work";

export function SavePill() {
  if (state.value.image === null) return null;
  const { value } = saving;
  const sentence = toSentence(value);
  return (
    <button
      type="button"
      class={`save-pill ${value.kind}`}
      data-testid="save-pill"
      data-state={value.kind}
      title={`${sentence} (Ctrl+S)`}
      onClick={saveNow}
    >
      <span class="save-text">{sentence}</span>
    </button>
  );
}

function toSentence(value: SaveState): string {
  switch (value.kind) {
    case "clean":
      return text("save.clean");
    case "waiting":
    case "saving":
      return text("save.saving");
    case "saved":
      return text("save.saved", { time: clock(value.at) });
    case "conflict":
      return text("save.failed", { reason: text("save.conflict") });
    case "failed":
      return text("save.failed", { reason: sentenceOf(value.problem.code).replace(/\.$/, "") });
  }
}
