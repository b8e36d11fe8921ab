/** The canvas: paints what is known, and turns gestures into edits and looks. */

import { computed, effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Gesture, Surroundings } from "../engine/gestures";
import { dotAt } from "../engine/hits";
import { Painter } from "../engine/painter";
import { listen } from "../engine/pointer";
import { text } from "../i18n/text";
import { maskState } from "../state/selectors";
import { DotMenu } from "./DotMenu";
import { exposePainter } from "./debug";
import { Empty } from "./Empty";
import { scene } from "./frame";
import { gestured } from "./gestured";
import { Hint } from "./Hint";
import { Legend } from "./Legend";
import { fitImage, resizeStage } from "./looks";
import { ModelMissing } from "./ModelMissing";
import { Notices } from "./Notices";
import { ObjectBar } from "./ObjectBar";
import { Preparing } from "./Preparing";
import { Rail } from "./Rail";
import {
  arePanelsHidden,
  isPanTool,
  isSpaceHeld,
  opening,
  picture,
  stageSize,
  state,
  viewport,
} from "./store";

const FINGER = 22; // CSS pixels around a dot that a fingertip touches
const BAR_ZONE = 72;

const isPanning = computed(() => isPanTool.value || isSpaceHeld.value);

export function Stage() {
  const { image } = state.value;
  const isEmpty = image === null && opening.value.kind === "none";
  return (
    <main class="work">
      {!arePanelsHidden.value && <Rail />}
      <div
        class={`stage ${isPanning.value ? "panning" : ""}`}
        data-testid="stage"
        data-mask-state={maskState(state.value)}
      >
        <Canvas />
        <Preparing />
        <Hint />
        {isEmpty && <Empty />}
        <Notices />
        <ModelMissing />
        <Legend />
        <ObjectBar isAtTop={isMaskBelowBar.value} />
        <DotMenu />
      </div>
    </main>
  );
}

function Canvas() {
  const own = useRef<HTMLCanvasElement>(null);
  useEffect(() => (own.current === null ? undefined : animate(own.current)), []);
  return (
    <>
      <canvas
        ref={own}
        tabIndex={0}
        role="application"
        aria-roledescription={text("stage.role")}
        aria-label={state.value.image?.name ?? text("stage.empty")}
        aria-describedby="stage-hint"
        hidden={state.value.image === null}
      />
      <p id="stage-hint" class="unseen">
        {text("stage.hint")}
      </p>
    </>
  );
}

/** Paints a frame whenever something that it shows has changed. */
function animate(canvas: HTMLCanvasElement): () => void {
  const painter = new Painter(canvas);
  exposePainter(painter);
  let asked = 0;
  const paint = (): void => {
    asked = 0;
    const frame = scene.peek();
    if (frame === null) painter.release();
    else painter.paint(frame, viewport.peek());
  };
  const ask = (): void => {
    if (asked === 0) asked = requestAnimationFrame(paint);
  };
  const watch = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0) return;
    painter.resize(width, height, window.devicePixelRatio);
    resizeStage({ width, height });
    paint();
  });
  watch.observe(canvas);
  const endings = [
    effect(() => {
      void [scene.value, viewport.value, stageSize.value];
      ask();
    }),
    effect(() => {
      if (picture.value !== null) fitImage();
    }),
    listen(canvas, SURROUNDINGS, (gesture: Gesture) => gestured(gesture)),
    () => watch.disconnect(),
    () => cancelAnimationFrame(asked),
  ];
  return () => {
    for (const end of endings) end();
  };
}

const SURROUNDINGS: Surroundings = {
  dotAt: (at, isCoarse) => {
    const dots = scene.peek()?.dots ?? [];
    return dotAt(dots, at, viewport.peek(), isCoarse ? FINGER : undefined);
  },
  isPanning: () => isPanning.peek(),
};

/** The live mask is where the bar is as a rule, and not where it would go. */
const isMaskBelowBar = computed(() => {
  const live = scene.value?.live?.mask;
  if (!live || live.bbox[2] === 0) return false;
  const { scale, top } = viewport.value;
  const [, y, , height] = live.bbox;
  const isAtBottom = top + (y + height) * scale > stageSize.value.height - BAR_ZONE;
  return isAtBottom && top + y * scale > BAR_ZONE;
});
