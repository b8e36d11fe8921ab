/** One sentence a second at most for screen readers; of several, the newest is said. */

import { announcement } from "./store";

const GAP_MS = 1000;

let lastAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(sentence: string): void {
  clearTimeout(timer);
  const wait = Math.max(0, lastAt + GAP_MS - performance.now());
  timer = setTimeout(() => {
    lastAt = performance.now();
    announcement.value = sentence;
  }, wait);
}
