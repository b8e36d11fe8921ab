/** The page without an image: samples, a drop zone, and how clicking works. */

import { plural, text } from "../i18n/text";
import { addSample, chooseFiles, SAMPLES, type Sample } from "./adding";
import { openImage } from "./opening";
import { images, isDragging } from "./store";

const HINTS = [
  ["click", "+"],
  ["negative", "−"],
  ["finish", "⏎"],
] as const;

export function Empty() {
  return (
    <section class="empty" data-testid="empty" aria-labelledby="empty-title">
      <h1 id="empty-title">{text("empty.title")}</h1>
      <button
        type="button"
        class={`drop ${isDragging.value ? "dragging" : ""}`}
        data-testid="drop"
        onClick={chooseFiles}
      >
        <b>{text("empty.drop")}</b>
        <span>{text("empty.formats")}</span>
      </button>
      <Waiting />
      <p class="or">{text("empty.or")}</p>
      <div class="samples">
        {SAMPLES.map((sample, at) => (
          <SampleButton key={sample.file} sample={sample} place={at + 1} />
        ))}
      </div>
      <ol class="hints">
        {HINTS.map(([name, sign]) => (
          <li key={name}>
            <kbd class={name}>{sign}</kbd>
            {text(`hint.${name}`)}
          </li>
        ))}
      </ol>
      <p class="quiet-text">
        <a href="https://labelstud.io/guide/ml" target="_blank" rel="noreferrer noopener">
          {text("empty.label_studio")}
        </a>
      </p>
    </section>
  );
}

function SampleButton({ sample, place }: { readonly sample: Sample; readonly place: number }) {
  const name = text(`sample.${sample.name}`);
  return (
    <button type="button" data-testid={`sample-${place}`} onClick={() => void addSample(sample)}>
      <img src={sample.file} alt="" width="164" height="110" />
      <span>{name}</span>
    </button>
  );
}

/** Images that the project has already. */
function Waiting() {
  const all = images.value;
  const next = all.find(({ status }) => status !== "done") ?? all[0];
  if (!next) return null;
  return (
    <button
      type="button"
      class="primary"
      data-testid="continue"
      onClick={() => void openImage(next)}
    >
      {plural("empty.continue", all.length, { name: next.name })}
    </button>
  );
}
