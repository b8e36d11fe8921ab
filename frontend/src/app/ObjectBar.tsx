/** The bar of the object being clicked: what it is, how sure its mask is, what can be done. */

import { number, plural, text } from "../i18n/text";
import { satisfied, warningOf } from "../state/selectors";
import type { Obj } from "../state/state";
import { cancelObject, finishObject, redo, retry, undo } from "./edits";
import { IconButton } from "./IconButton";
import { classNameOf, numberOf } from "./naming";
import { health, MASKS, openObject, presentObject, state } from "./store";

export function ObjectBar({ isAtTop }: { readonly isAtTop: boolean }) {
  const { image, log } = state.value;
  if (image === null) return null;
  const object = presentObject.value;
  const isOpen = openObject.value !== null;
  return (
    <div
      class={`object-bar ${isAtTop ? "at-top" : ""}`}
      role="toolbar"
      aria-label={text("bar.name")}
    >
      <p class="object-facts">{object === null ? text("bar.none") : <Facts object={object} />}</p>
      {object?.phase.kind === "error" && (
        <button type="button" data-testid="retry" onClick={() => retry(object.id)}>
          {text("action.retry")}
        </button>
      )}
      <div class="object-actions">
        <IconButton
          icon="undo"
          label={text("bar.undo")}
          keys="Ctrl+Z"
          testId="undo"
          isDisabled={log.past.length === 0}
          onClick={undo}
        />
        <IconButton
          icon="redo"
          label={text("bar.redo")}
          keys="Ctrl+Shift+Z"
          testId="redo"
          isDisabled={log.future.length === 0}
          onClick={redo}
        />
        <button
          type="button"
          data-testid="cancel-object"
          title={`${text("bar.cancel")} (Esc)`}
          aria-disabled={!isOpen}
          onClick={isOpen ? cancelObject : undefined}
        >
          {text("bar.cancel")}
        </button>
        <button
          type="button"
          class="primary"
          data-testid="finish-object"
          title={`${text("bar.finish")} (Enter)`}
          aria-disabled={!isOpen}
          onClick={isOpen ? finishObject : undefined}
        >
          {text("bar.finish")}
        </button>
      </div>
    </div>
  );
}

function Facts({ object }: { readonly object: Obj }) {
  const { ok, total } = satisfied(state.value, object, MASKS);
  const parts = [
    plural("bar.clicks", object.clicks.length),
    ...(object.phase.kind === "final" && total > 0 ? [text("bar.satisfied", { ok, total })] : []),
    ...sureness(object),
  ];
  const warning = warningText(object);
  return (
    <>
      <b>{text("object.name", { class: classNameOf(object), number: numberOf(object) })}</b>
      <span class="facts"> · {parts.join(" · ")}</span>
      {warning !== null && <span class="warning"> {warning}</span>}
    </>
  );
}

function sureness({ shown, phase }: Obj): readonly string[] {
  const iou = shown?.est_iou ?? null;
  if (iou === null || phase.kind !== "final") return [];
  const isCalibrated = health.value?.features.calibrated === true;
  return [text(isCalibrated ? "bar.iou_calibrated" : "bar.iou", { iou: number(iou, 2) })];
}

/** Why a click is not obeyed, in words; the first reason is enough. */
function warningText(object: Obj): string | null {
  if (object.phase.kind === "queued") return null;
  for (const click of object.clicks) {
    const warning = warningOf(state.value, object, click, MASKS);
    if (warning !== null) return text(`warning.${warning}`);
  }
  return null;
}
