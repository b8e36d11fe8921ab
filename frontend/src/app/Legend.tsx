/** What the colours of the doubt layer mean, in numbers. */

import { legend } from "../engine/heat";
import { number, text } from "../i18n/text";
import { doubt, settings } from "./store";

const WIDTH = 32;

export function Legend() {
  const { isHeld, isOn, grid } = doubt.value;
  if (!(isHeld || isOn)) return null;
  return (
    <figure class="legend" data-testid="legend">
      <figcaption>{text("doubt.title")}</figcaption>
      {grid === null ? (
        <p>{text("doubt.loading")}</p>
      ) : (
        <ol>
          {legend(grid, settings.value.colourMap).map(({ value, colour }) => (
            <li key={value}>
              <svg viewBox={`0 0 ${WIDTH} 8`} width={WIDTH} height="8" aria-hidden="true">
                <rect width={WIDTH} height="8" fill={colour} />
              </svg>
              {number(value, 3)}
            </li>
          ))}
        </ol>
      )}
      <p class="quiet-text">{text("doubt.explained")}</p>
    </figure>
  );
}
