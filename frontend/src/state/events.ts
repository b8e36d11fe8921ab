/** Everything that can happen to the state. */

import type { MaskRuns } from "../engine/types";
import type {
  AnnotationDocument,
  Answer,
  Draft,
  Failure,
  ImageInfo,
  ImageStatus,
  ObjectClass,
  Post,
  Sign,
} from "./state";

/** Edits: each that changes something is one entry of the undo log. */
export type Edit =
  | { readonly type: "click"; readonly x: number; readonly y: number; readonly sign: Sign }
  | { readonly type: "move"; readonly click: string; readonly x: number; readonly y: number }
  | { readonly type: "flip" | "mute" | "remove"; readonly click: string }
  | { readonly type: "clear" }
  /** Relabels `object`; without one: the open, else the selected one.  Always sticks. */
  | { readonly type: "class"; readonly class: string; readonly object?: string }
  | { readonly type: "threshold"; readonly object: string; readonly value: number }
  | { readonly type: "post"; readonly object: string; readonly post: Post }
  | { readonly type: "finish" }
  | { readonly type: "reopen"; readonly object: string }
  | { readonly type: "cancel" }
  | { readonly type: "delete"; readonly object: string }
  | { readonly type: "lock"; readonly object: string; readonly locked: boolean }
  | { readonly type: "protect"; readonly on: boolean }
  | { readonly type: "import"; readonly objects: readonly ImportedObject[] };

/** A mask from elsewhere; it becomes a finished object that clicks can change. */
export interface ImportedObject {
  readonly class: string;
  readonly mask: MaskRuns;
  readonly area: number;
}

/** What the server said.  An answer to any other rev than the object's is ignored. */
export type News =
  | {
      readonly type: "answer";
      readonly object: string;
      readonly rev: number;
      /** Ids of the clicks sent, in order; `answer.marks` follows it. */
      readonly clicks: readonly string[];
      readonly threshold: number;
      readonly answer: Answer;
    }
  | {
      readonly type: "failed";
      readonly object: string;
      readonly rev: number;
      readonly failure: Failure;
    }
  | { readonly type: "retry"; readonly object: string };

/** How things are shown, and which image: no part of the log. */
export type Other =
  | {
      readonly type: "open-image";
      readonly image: ImageInfo | null;
      readonly document: AnnotationDocument | null;
    }
  | { readonly type: "classes"; readonly classes: readonly ObjectClass[] }
  | { readonly type: "status"; readonly status: ImageStatus }
  | { readonly type: "select"; readonly object: string | null }
  | { readonly type: "visible"; readonly object: string; readonly visible: boolean }
  | { readonly type: "sign"; readonly sign: Sign }
  | { readonly type: "opacity"; readonly value: number }
  | { readonly type: "hidden"; readonly on: boolean }
  | { readonly type: "outline-only"; readonly on: boolean }
  | { readonly type: "draft"; readonly draft: Draft | null }
  | { readonly type: "undo" | "redo" };

export type Event = Edit | News | Other;
