/** The work as the document that is saved (schema gpcis/1), and back. */

import type { MaskRuns } from "../engine/types";
import { fromBase64, toBase64 } from "./base64";
import type { Masks } from "./masks";
import { activeClicks, isBlank } from "./objects";
import type {
  AnnotationDocument,
  DocumentObject,
  JsonMask,
  Obj,
  Phase,
  Shown,
  State,
  Work,
} from "./state";

const NO_MASK: JsonMask = { bbox: [0, 0, 0, 0], runs: "" };

/** Null while no image is open.  Objects without clicks and mask are left out. */
export function toDocument(
  state: State,
  model: string | null,
  revision: number,
): AnnotationDocument | null {
  const { image, status, work } = state;
  if (!image) return null;
  const objects = work.objects.filter((one) => !isBlank(one)).map(toDocumentObject);
  return { schema: "gpcis/1", image, status, objects, model, revision };
}

/** A mask of older clicks is not saved: without one, the page asks anew. */
function toDocumentObject(object: Obj): DocumentObject {
  const isCurrent = object.phase.kind === "final" || object.phase.kind === "preview";
  const shown = isCurrent ? object.shown : null;
  return {
    id: object.id,
    class: object.class,
    clicks: object.clicks,
    threshold: object.threshold,
    post: object.post,
    ...(shown ? toJson(shown.mask) : NO_MASK),
    init: object.init && toJson(object.init),
    est_iou: shown?.est_iou ?? null,
    state: object.state,
    visible: object.visible,
    locked: object.locked,
    strokes: [],
  };
}

/** Masks are coded once: the same bytes are saved with every change of the image. */
const coded = new WeakMap<Uint8Array, string>();

export function toJson(mask: MaskRuns): JsonMask {
  const runs = coded.get(mask.runs) ?? toBase64(mask.runs);
  coded.set(mask.runs, runs);
  return { bbox: mask.bbox, runs };
}

export function fromJson(mask: JsonMask): MaskRuns {
  return { bbox: mask.bbox, runs: fromBase64(mask.runs) };
}

interface Loaded {
  readonly work: Work;
  readonly counters: State["counters"];
}

/** The work of a document; each object gets a rev above all given out so far. */
export function fromDocument(
  document: AnnotationDocument,
  counters: State["counters"],
  masks: Masks,
): Loaded {
  const objects = document.objects.map((one, at) =>
    fromDocumentObject(one, counters.rev + 1 + at, masks),
  );
  const open = objects.findLast((one) => one.state === "open");
  const clickIds = objects.flatMap((one) => one.clicks.map((click) => click.id));
  return {
    work: {
      objects: objects.map((one) => (one === open ? one : { ...one, state: "finished" })),
      open: open ? { id: open.id, was: null } : null,
      protect: true,
    },
    counters: {
      rev: counters.rev + objects.length,
      click: highest(clickIds),
      object: highest(objects.map((one) => one.id)),
    },
  };
}

function fromDocumentObject(saved: DocumentObject, rev: number, masks: Masks): Obj {
  const { id, clicks, threshold, post, state, visible, locked } = saved;
  const init = saved.init && fromJson(saved.init);
  const shown = saved.runs === "" ? null : toShown(saved, masks);
  const blank = { id, class: saved.class, clicks, threshold, post, init, state, visible, locked };
  const object: Obj = { ...blank, rev, shown, phase: { kind: "empty" } };
  return { ...object, phase: loadedPhase(object) };
}

function loadedPhase(object: Obj): Phase {
  if (object.shown) return { kind: "final" };
  return { kind: activeClicks(object).length > 0 ? "queued" : "empty" };
}

function toShown(saved: DocumentObject, masks: Masks): Shown {
  const mask = fromJson(saved);
  const rest = { refine: false, next: null, prob: null, marks: {} };
  const { threshold, est_iou } = saved;
  return { kind: "final", mask, area: masks.area(mask), threshold, est_iou, ...rest };
}

/** The highest number at the end of an id such as "o12"; 0 without any. */
function highest(ids: readonly string[]): number {
  return Math.max(0, ...ids.map((id) => Number(/\d+$/.exec(id)?.[0] ?? 0)));
}
