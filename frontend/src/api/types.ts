/** The bodies of REST v1, as the server sends them (schemas.py and routes.py mirror this). */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface ModelInfo {
  readonly id: string | null;
  readonly weights: string | null;
  readonly device: string | null;
  readonly ready: boolean;
  readonly reason: string | null;
  readonly path?: string;
  readonly fix?: string;
}

export interface Features {
  readonly preview: boolean;
  readonly uncertainty: boolean;
  readonly influence: boolean;
  readonly next_click: boolean;
  readonly calibrated: boolean;
}

export interface Health {
  readonly status: "ok" | "loading" | "no_model";
  readonly version: string;
  readonly model: ModelInfo;
  readonly limits: Readonly<Record<string, number>>;
  readonly features: Features;
}

export type ImageStatus = "new" | "progress" | "done" | "flagged";

export interface ImageItem {
  readonly id: string;
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly objects: number;
  readonly status: ImageStatus;
}

export interface ImagePage {
  readonly items: readonly ImageItem[];
  readonly next: string | null;
}

export interface ClassItem {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly key: string | null;
}

export interface ClassList {
  readonly classes: readonly ClassItem[];
}

export const EXPORT_FORMATS = [
  "png-index",
  "png-instance",
  "coco",
  "labelstudio",
  "yolo-seg",
  "voc",
  "labelme",
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportBody {
  readonly format: ExportFormat;
  readonly images: readonly string[] | "all";
  readonly polygons: boolean;
}

export const IMPORT_FORMATS = [
  "gpcis",
  "png",
  "coco",
  "labelstudio",
  "yolo-seg",
  "labelme",
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly progress: number;
  readonly elapsed_ms: number;
  readonly median_ms: number | null;
  readonly error: ProblemBody | null;
}

/** RFC 9457, as every error of the server. */
export interface ProblemBody {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
  readonly [key: string]: JsonValue | undefined;
}
