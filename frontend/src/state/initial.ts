/** How a page starts. */

import { DEFAULT_CLASSES } from "./classes";
import type { Log, State, View, Work } from "./state";

export const NO_WORK: Work = { objects: [], open: null, protect: true };

export const NO_LOG: Log = { past: [], future: [] };

const FIRST_VIEW: View = {
  sign: 1,
  opacity: 0.6,
  isHidden: false,
  isOutlineOnly: false,
  class: DEFAULT_CLASSES[0]?.id ?? "object",
  selected: null,
  draft: null,
};

export const EMPTY: State = {
  image: null,
  status: "new",
  classes: DEFAULT_CLASSES,
  work: NO_WORK,
  log: NO_LOG,
  view: FIRST_VIEW,
  notice: null,
  counters: { rev: 0, click: 0, object: 0 },
  changes: 0,
};
