/** The frame to paint, kept up to date. */

import { computed, effect, signal } from "@preact/signals";

import { sceneOf } from "./scene";
import {
  cursor,
  doubt,
  hoveredDot,
  isPeeking,
  isSlow,
  MASKS,
  opening,
  picture,
  settings,
  state,
  waitingCount,
} from "./store";

const PULSE_MS = 600;

/** While the image is prepared, waiting dots pulse. */
const isPulse = signal(true);
const isPreparing = computed(() => opening.value.kind === "preparing" && waitingCount.value > 0);

const rings = computed(() => {
  if (isPreparing.value) return isPulse.value ? "all" : "none";
  return isSlow.value ? "newest" : "none";
});

export const scene = computed(() => {
  const { isHeld, isOn, grid } = doubt.value;
  return sceneOf(state.value, {
    bitmap: picture.value?.bitmap ?? null,
    masks: MASKS,
    hoveredDot: hoveredDot.value,
    cursor: cursor.value,
    isPeeking: isPeeking.value,
    rings: rings.value,
    doubt: isHeld || isOn ? grid : null,
    colourMap: settings.value.colourMap,
  });
});

/** Let the dots pulse from now on; who wants less motion sees them at rest. */
export function followPulse(): void {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  effect(() => {
    isPulse.value = true;
    if (!isPreparing.value || isCalm) return undefined;
    const timer = setInterval(() => {
      isPulse.value = !isPulse.peek();
    }, PULSE_MS);
    return () => clearInterval(timer);
  });
}
