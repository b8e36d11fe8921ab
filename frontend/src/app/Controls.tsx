/** Sliders and switches: threshold and clean-up of one object, looks of all. */

import { number, percent, text } from "../i18n/text";
import type { Obj } from "../state/state";
import { commitThreshold, draftThreshold, setPost, setProtect } from "./edits";
import { setOpacity, setOutlineOnly } from "./looks";
import { Switch } from "./Switch";
import { presentObject, state } from "./store";
import { typed } from "./typed";

/** Holes up to this many pixels are filled by the switch. */
const FILLED_PX = 1_000_000_000;

export function Controls() {
  const object = presentObject.value;
  const { work, view } = state.value;
  return (
    <section class="controls" aria-label={text("controls.name")}>
      <ObjectControls object={object} />
      <Slider
        testId="opacity"
        label={text("controls.opacity")}
        shown={percent(view.opacity)}
        value={view.opacity}
        range={[0, 1, 0.05]}
        onInput={setOpacity}
      />
      <Switch
        testId="protect"
        label={text("controls.protect")}
        keys="L"
        isOn={work.protect}
        onChange={setProtect}
      />
      <Switch
        testId="outline-only"
        label={text("controls.outline")}
        keys="O"
        isOn={view.isOutlineOnly}
        onChange={setOutlineOnly}
      />
    </section>
  );
}

function ObjectControls({ object }: { readonly object: Obj | null }) {
  const { draft } = state.value.view;
  const isDraft = draft?.kind === "threshold" && draft.object === object?.id;
  const value = isDraft ? draft.value : (object?.threshold ?? 0.5);
  const post = object?.post ?? { largest: false, fill_px: 0 };
  const isOff = object === null || object.locked;
  return (
    <>
      <Slider
        testId="threshold"
        label={text("controls.threshold")}
        shown={number(value, 2)}
        value={value}
        range={[0.01, 0.99, 0.01]}
        isDisabled={isOff}
        onInput={(next) => object && draftThreshold(object.id, next)}
        onChange={(next) => object && commitThreshold(object.id, next)}
      />
      <div class="switch-row">
        <Switch
          testId="largest"
          label={text("controls.largest")}
          isOn={post.largest}
          isDisabled={isOff}
          onChange={(largest) => object && setPost(object.id, { ...post, largest })}
        />
        <Switch
          testId="fill"
          label={text("controls.fill")}
          isOn={post.fill_px > 0}
          isDisabled={isOff}
          onChange={(isOn) =>
            object && setPost(object.id, { ...post, fill_px: isOn ? FILLED_PX : 0 })
          }
        />
      </div>
    </>
  );
}

interface SliderProps {
  readonly testId: string;
  readonly label: string;
  readonly shown: string;
  readonly value: number;
  readonly range: readonly [number, number, number];
  readonly isDisabled?: boolean;
  readonly onInput: (value: number) => void;
  readonly onChange?: (value: number) => void;
}

function Slider({
  testId,
  label,
  shown,
  value,
  range: [min, max, step],
  isDisabled = false,
  onInput,
  onChange,
}: SliderProps) {
  const read = (act: (value: number) => void) => typed(({ valueAsNumber }) => act(valueAsNumber));
  return (
    <label class="slider">
      <span class="slider-name">{label}</span>
      <output>{shown}</output>
      <input
        type="range"
        data-testid={testId}
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        disabled={isDisabled}
        onInput={read(onInput)}
        onChange={onChange && read(onChange)}
      />
    </label>
  );
}
