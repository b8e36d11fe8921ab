/** What the page shows, as signals: the work on the image, and the page around it. */

import { computed, signal } from "@preact/signals";

import { type Link, UP } from "../api/connection";
import type { Health, ImageItem } from "../api/types";
import { subtract } from "../engine/algebra";
import { area, contains } from "../engine/runs";
import type { Grid, ImagePoint, Size, ViewPoint, Viewport } from "../engine/types";
import type { Event } from "../state/events";
import { EMPTY } from "../state/initial";
import type { Masks } from "../state/masks";
import { objectOf, openObjectOf } from "../state/objects";
import { reducerWith } from "../state/reducer";
import type { AnnotationDocument, Obj, State } from "../state/state";
import type { SaveState } from "./saver";
import type { Settings } from "./settings";
import { FIRST_SETTINGS } from "./settings";
import { type ShownToast, type Toast, withoutToast, withToast } from "./toasts";

export const MASKS: Masks = { subtract, area, contains };
const reduce = reducerWith(MASKS);

export const state = signal<State>(EMPTY);

export function dispatch(event: Event): void {
  state.value = reduce(state.peek(), event);
}

/** The picture on the stage, and what image it belongs to. */
export interface ShownPicture {
  readonly image: string;
  readonly bitmap: ImageBitmap;
}

export type Opening =
  | { readonly kind: "none" }
  | { readonly kind: "loading"; readonly id: string }
  | {
      readonly kind: "preparing";
      readonly id: string;
      readonly since: number;
      readonly medianMs: number | null;
    }
  | { readonly kind: "ready"; readonly id: string };

export type DialogName = "shortcuts" | "export" | "import" | "settings" | "classes";

export interface DotMenu {
  readonly click: string;
  readonly at: ViewPoint;
}

export interface Doubt {
  readonly isHeld: boolean;
  readonly isOn: boolean;
  /** Of which answer: "<object> <rev>". */
  readonly of: string | null;
  readonly grid: Grid | null;
}

export const health = signal<Health | null>(null);
export const images = signal<readonly ImageItem[]>([]);
export const opening = signal<Opening>({ kind: "none" });
export const picture = signal<ShownPicture | null>(null);
export const viewport = signal<Viewport>({ scale: 1, left: 0, top: 0 });
export const pointer = signal<ImagePoint | null>(null);
export const cursor = signal<ImagePoint | null>(null);
export const hoveredDot = signal<string | null>(null);
export const isPanTool = signal(false);
export const isSpaceHeld = signal(false);
export const isPeeking = signal(false);
/** The next click starts an object, whatever is under it. */
export const isNewWanted = signal(false);
export const stageSize = signal<Size>({ width: 0, height: 0 });
/** The whole image is shown, and shall be after a change of the window too. */
export const isFitted = signal(true);
/** An object's answer is late: 1 s for the ring on its newest dot. */
export const isSlow = signal(false);
export const times = signal<{ readonly preview: number | null; readonly refine: number | null }>({
  preview: null,
  refine: null,
});
export const link = signal<Link>(UP);
export const saving = signal<SaveState>({ kind: "clean" });
/** Unsaved work of an earlier visit, offered for restoring. */
export const found = signal<{ readonly at: number; readonly document: AnnotationDocument } | null>(
  null,
);
export const toasts = signal<readonly ShownToast[]>([]);
export const announcement = signal("");
export const dialog = signal<DialogName | null>(null);
export const dotMenu = signal<DotMenu | null>(null);
export const arePanelsHidden = signal(false);
export const classQuery = signal<string | null>(null);
export const isDragging = signal(false);
export const doubt = signal<Doubt>({ isHeld: false, isOn: false, of: null, grid: null });
export const settings = signal<Settings>(FIRST_SETTINGS);

export const imageIndex = computed(() => {
  const { value } = opening;
  return value.kind === "none" ? -1 : images.value.findIndex((item) => item.id === value.id);
});
export const openObject = computed<Obj | null>(() => openObjectOf(state.value.work));
export const selectedObject = computed<Obj | null>(() =>
  objectOf(state.value.work, state.value.view.selected ?? undefined),
);
/** The object that the panel's controls are about. */
export const presentObject = computed<Obj | null>(() => openObject.value ?? selectedObject.value);
export const waitingCount = computed(
  () => state.value.work.objects.filter((object) => object.phase.kind === "queued").length,
);

export function tell(toast: Toast): void {
  toasts.value = withToast(toasts.peek(), toast);
}

export function untell(code: string): void {
  toasts.value = withoutToast(toasts.peek(), code);
}
