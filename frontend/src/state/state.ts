/** The state of one image's work, as data.  Events: events.ts; what changes it: reducer.ts. */

import type { Box, Grid, MaskRuns } from "../engine/types";

export type Sign = 1 | -1;

/** What the server says of each click sent: obeyed, forced by a disc, or contradicted. */
export type Mark = "ok" | "forced" | "conflict";

export interface Click {
  readonly id: string;
  /** Pixels of the upright original, two decimals. */
  readonly x: number;
  readonly y: number;
  readonly sign: Sign;
  readonly muted: boolean;
}

export interface Post {
  readonly largest: boolean;
  /** Holes up to this many pixels are filled; 0 keeps them. */
  readonly fill_px: number;
}

/** What a server's answer says; `marks` goes by `marked`, the ids of the clicks sent. */
export interface Answer {
  readonly kind: "preview" | "final";
  /** The client shall ask again, same rev, with mode refine. */
  readonly refine: boolean;
  readonly mask: MaskRuns;
  readonly area: number;
  readonly marks: readonly Mark[];
  readonly est_iou: number | null;
  readonly next: { readonly x: number; readonly y: number; readonly sign: Sign } | null;
  /** The grid `prob`, where it was asked for. */
  readonly prob: Grid | null;
}

/** An answer as an object keeps it. */
export interface Shown extends Omit<Answer, "marks"> {
  readonly marks: Readonly<Record<string, Mark>>;
  /** The threshold that `mask` was cut at. */
  readonly threshold: number;
}

export interface Failure {
  readonly code: string;
  readonly detail: string;
}

/**
 * How far the answer to an object's present clicks is.  `queued` also says that the mask
 * shown, if any, belongs to older clicks.
 */
export type Phase =
  | { readonly kind: "empty" }
  | { readonly kind: "queued" }
  | { readonly kind: "preview" }
  | { readonly kind: "final" }
  | { readonly kind: "error"; readonly failure: Failure };

export interface Obj {
  readonly id: string;
  readonly class: string;
  readonly clicks: readonly Click[];
  readonly threshold: number;
  readonly post: Post;
  /** A mask that the user brought along; clicks change it. */
  readonly init: MaskRuns | null;
  readonly shown: Shown | null;
  readonly phase: Phase;
  readonly state: "open" | "finished";
  readonly visible: boolean;
  readonly locked: boolean;
  /** Raised by every edit, also by undo; only an answer to the present one counts. */
  readonly rev: number;
}

/** What undo and redo move between. */
export interface Work {
  readonly objects: readonly Obj[];
  /** The object being clicked, and what it was before it was re-opened. */
  readonly open: { readonly id: string; readonly was: Obj | null } | null;
  readonly protect: boolean;
}

export interface LogEntry {
  readonly label: EditKind;
  readonly work: Work;
}

/** What the undo log speaks of; the page turns it into words. */
export type EditKind =
  | "click"
  | "move"
  | "flip"
  | "mute"
  | "remove"
  | "clear"
  | "class"
  | "threshold"
  | "post"
  | "finish"
  | "reopen"
  | "cancel"
  | "delete"
  | "lock"
  | "protect"
  | "import";

/** `past` ends with the newest, `future` with the next one to redo. */
export interface Log {
  readonly past: readonly LogEntry[];
  readonly future: readonly LogEntry[];
}

export interface ImageInfo {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

export type ImageStatus = "new" | "progress" | "done" | "flagged";

export interface ObjectClass {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** "1".."9", or null. */
  readonly key: string | null;
}

/** One short sentence that the page owes the user; `id` grows with each. */
export interface Notice {
  readonly id: number;
  readonly code: "first-negative" | "click-limit" | "locked" | "nothing-to-finish" | "outside";
}

/** Set by the pointer while it drags; no part of the log. */
export type Draft =
  | { readonly kind: "threshold"; readonly object: string; readonly value: number }
  | { readonly kind: "dot"; readonly click: string; readonly x: number; readonly y: number };

/** How things are shown; not undone, not saved with the image. */
export interface View {
  readonly sign: Sign;
  readonly opacity: number;
  readonly isHidden: boolean;
  readonly isOutlineOnly: boolean;
  /** The class of the next object. */
  readonly class: string;
  readonly selected: string | null;
  readonly draft: Draft | null;
}

export interface State {
  readonly image: ImageInfo | null;
  readonly status: ImageStatus;
  readonly classes: readonly ObjectClass[];
  readonly work: Work;
  readonly log: Log;
  readonly view: View;
  readonly notice: Notice | null;
  /** Last revision, click and object number given out; they only grow. */
  readonly counters: { readonly rev: number; readonly click: number; readonly object: number };
  /** Grows with every change of what is saved; `changes > saved` means dirty. */
  readonly changes: number;
}

/** The annotation document, schema gpcis/1 (ui.md 3.8). */
export interface AnnotationDocument {
  readonly schema: "gpcis/1";
  readonly image: ImageInfo;
  readonly status: ImageStatus;
  readonly objects: readonly DocumentObject[];
  readonly model: string | null;
  readonly revision: number;
}

/** A mask in JSON: `runs` is base64. */
export interface JsonMask {
  readonly bbox: Box;
  readonly runs: string;
}

export interface DocumentObject extends JsonMask {
  readonly id: string;
  readonly class: string;
  readonly clicks: readonly Click[];
  readonly threshold: number;
  readonly post: Post;
  readonly init: JsonMask | null;
  readonly est_iou: number | null;
  readonly state: "open" | "finished";
  readonly visible: boolean;
  readonly locked: boolean;
  readonly strokes: readonly never[];
}
