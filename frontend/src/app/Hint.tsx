/** The next thing a newcomer may try. */

import { text } from "../i18n/text";
import type { HintName } from "./settings";
import { openObject, settings, state } from "./store";

const ORDER: readonly HintName[] = ["click", "negative", "finish"];

export function Hint() {
  const { doneHints } = settings.value;
  const next = ORDER.find((name) => !doneHints.includes(name));
  const isShown = state.value.image !== null && (next === "click" || openObject.value !== null);
  if (next === undefined || !isShown) return null;
  return <p class="hint">{text(`hint.${next}`)}</p>;
}
