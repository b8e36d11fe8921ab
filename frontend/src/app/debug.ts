/** A look inside for tests and the curious: only with `?debug=1`. */

import type { Painter } from "../engine/painter";
import { stateHash } from "../state/selectors";
import type { State } from "../state/state";
import { state, viewport } from "./store";

export interface Debug {
  readonly state: State;
  readonly hash: string;
  readonly viewport: { readonly scale: number; readonly left: number; readonly top: number };
  readonly counters: Painter["counters"] | null;
}

declare global {
  interface Window {
    __gpcis?: Debug;
  }
}

let painter: Painter | null = null;

export function exposePainter(present: Painter): void {
  painter = present;
}

export function exposeState(search: string): void {
  if (new URLSearchParams(search).get("debug") !== "1") return;
  window.__gpcis = {
    get state() {
      return state.peek();
    },
    get hash() {
      return stateHash(state.peek());
    },
    get viewport() {
      return viewport.peek();
    },
    get counters() {
      return painter?.counters ?? null;
    },
  };
}
