/** The clicks of the open object, for eyes and for keyboards: each can be changed or removed. */

import { text } from "../i18n/text";
import { warningOf } from "../state/selectors";
import type { Click, Obj } from "../state/state";
import { openDotMenu } from "./looks";
import { clickName } from "./naming";
import { hoveredDot, MASKS, openObject, state } from "./store";

export function ClickList() {
  const object = openObject.value;
  if (object === null || object.clicks.length === 0) return null;
  return (
    <section class="clicks" aria-label={text("clicks.title")}>
      <ol>
        {object.clicks.map((click, at) => (
          <li key={click.id}>
            <ClickButton object={object} click={click} place={at + 1} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ClickButtonProps {
  readonly object: Obj;
  readonly click: Click;
  readonly place: number;
}

function ClickButton({ object, click, place }: ClickButtonProps) {
  const warning = warningOf(state.value, object, click, MASKS);
  const words = [
    clickName(click, place),
    ...(click.muted ? [text("clicks.muted")] : []),
    ...(warning === null ? [] : [text(`warning.${warning}`)]),
  ].join(". ");
  const hover = (id: string | null) => (): void => {
    hoveredDot.value = id;
  };
  return (
    <button
      type="button"
      class={`click-button ${click.sign > 0 ? "positive" : "negative"} ${click.muted ? "muted" : ""}`}
      data-testid={`click-${click.id}`}
      data-mark={object.shown?.marks[click.id] ?? "none"}
      title={words}
      aria-label={words}
      aria-haspopup="menu"
      onMouseEnter={hover(click.id)}
      onMouseLeave={hover(null)}
      onClick={() => openDotMenu(click.id)}
    >
      {click.sign > 0 ? "+" : "−"}
      {place}
      {warning !== null && <span class="mark">!</span>}
    </button>
  );
}
