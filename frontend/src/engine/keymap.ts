/** The keys of the page as data (ui.md 3.5), and which action a stroke stands for. */

export type Action =
  | "finish"
  | "finish-next"
  | "done"
  | "undo"
  | "redo"
  | "swap-sign"
  | "clear"
  | "delete"
  | "escape"
  | "new-object"
  | "previous-image"
  | "next-image"
  | "previous-object"
  | "next-object"
  | "class"
  | "class-search"
  | "fit"
  | "zoom-100"
  | "zoom-in"
  | "zoom-out"
  | "pan"
  | "hide"
  | "hide-toggle"
  | "outline"
  | "protect"
  | "doubt"
  | "doubt-toggle"
  | "cursor-left"
  | "cursor-right"
  | "cursor-up"
  | "cursor-down"
  | "click-positive"
  | "click-negative"
  | "threshold-down"
  | "threshold-up"
  | "save"
  | "export"
  | "keys"
  | "panels";

/** Where the focus is: no key is taken from one who types. */
export type Place = "typing" | "control" | "canvas" | "body";

export type Group = "clicks" | "objects" | "images" | "view" | "page";

export interface Binding {
  readonly action: Action;
  readonly group: Group;
  /** "Ctrl+Shift+Z": Ctrl is also the Mac's command key. */
  readonly keys: readonly string[];
  /** Number of the class, or pixels that the cursor moves. */
  readonly value?: number;
  /** Lasts as long as the key is down. */
  readonly isHeld?: boolean;
  /** Goes on while the key stays down. */
  readonly doesRepeat?: boolean;
  /** Acts in these places only; without, in all but "typing". */
  readonly places?: readonly Place[];
}

const FREE: readonly Place[] = ["canvas", "body"]; // Enter, Space belong to a focused button
const BODY: readonly Place[] = ["body"];
const CANVAS: readonly Place[] = ["canvas"];

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

const CLASSES = DIGITS.map(
  (value): Binding => ({ action: "class", group: "objects", keys: [`${value}`], value }),
);

const ARROWS = [
  ["cursor-left", "ArrowLeft"],
  ["cursor-right", "ArrowRight"],
  ["cursor-up", "ArrowUp"],
  ["cursor-down", "ArrowDown"],
] as const;

const STEPS = [
  ["", 1],
  ["Shift+", 10],
  ["Ctrl+", 50],
] as const;

const CURSOR = ARROWS.flatMap(([action, key]) =>
  STEPS.map(
    ([held, value]): Binding => ({
      action,
      group: "clicks",
      keys: [held + key],
      value,
      places: CANVAS,
      doesRepeat: true,
    }),
  ),
);

export const KEYS: readonly Binding[] = [
  { action: "swap-sign", group: "clicks", keys: ["X"] },
  { action: "click-positive", group: "clicks", keys: ["P"] },
  { action: "click-negative", group: "clicks", keys: ["M"] },
  { action: "clear", group: "clicks", keys: ["R"] },
  { action: "delete", group: "clicks", keys: ["Delete", "Backspace"] },
  { action: "undo", group: "clicks", keys: ["Ctrl+Z"], doesRepeat: true },
  { action: "redo", group: "clicks", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], doesRepeat: true },
  ...CURSOR,
  { action: "finish", group: "objects", keys: ["Enter"], places: FREE },
  { action: "finish", group: "objects", keys: ["E"] },
  { action: "escape", group: "objects", keys: ["Escape"] },
  { action: "new-object", group: "objects", keys: ["W"] },
  { action: "next-object", group: "objects", keys: ["J"] },
  { action: "previous-object", group: "objects", keys: ["K"] },
  ...CLASSES,
  { action: "class-search", group: "objects", keys: ["0"] },
  { action: "threshold-down", group: "objects", keys: [","], doesRepeat: true },
  { action: "threshold-up", group: "objects", keys: ["."], doesRepeat: true },
  { action: "protect", group: "objects", keys: ["L"] },
  { action: "previous-image", group: "images", keys: ["A"] },
  { action: "previous-image", group: "images", keys: ["ArrowLeft"], places: BODY },
  { action: "next-image", group: "images", keys: ["D"] },
  { action: "next-image", group: "images", keys: ["ArrowRight"], places: BODY },
  { action: "finish-next", group: "images", keys: ["G"] },
  { action: "done", group: "images", keys: ["Shift+Enter"], places: FREE },
  { action: "fit", group: "view", keys: ["F"] },
  { action: "zoom-100", group: "view", keys: ["Z"] },
  { action: "zoom-in", group: "view", keys: ["+", "="], doesRepeat: true },
  { action: "zoom-out", group: "view", keys: ["-"], doesRepeat: true },
  { action: "pan", group: "view", keys: ["Space"], isHeld: true, places: FREE },
  { action: "hide", group: "view", keys: ["H"], isHeld: true },
  { action: "hide-toggle", group: "view", keys: ["Shift+H"] },
  { action: "outline", group: "view", keys: ["O"] },
  { action: "doubt", group: "view", keys: ["U"], isHeld: true },
  { action: "doubt-toggle", group: "view", keys: ["Shift+U"] },
  { action: "save", group: "page", keys: ["Ctrl+S"] },
  { action: "export", group: "page", keys: ["Ctrl+E"] },
  { action: "keys", group: "page", keys: ["?"] },
  { action: "panels", group: "page", keys: ["\\"] },
];

/** The part of a KeyboardEvent that counts. */
export interface Stroke {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

/** A stroke in the words of the table: "Ctrl+Shift+Z", "?", "Space". */
export function nameOf(stroke: Stroke): string {
  const key = keyOf(stroke);
  const ctrl = stroke.ctrlKey || stroke.metaKey ? "Ctrl+" : "";
  // "?" already says that Shift was down; a letter or Enter does not.
  const shift = stroke.shiftKey && /^([A-Z]|.{2,})$/.test(key) ? "Shift+" : "";
  return ctrl + shift + key;
}

/** Where the keyboard writes no Latin letters, the letter printed at that place. */
function keyOf({ key, code }: Stroke): string {
  if (key === " ") return "Space";
  if (key.length > 1) return key;
  const isLatin = key.charCodeAt(0) < 128;
  return (isLatin ? key : (/^Key([A-Z])$/.exec(code)?.[1] ?? key)).toUpperCase();
}

export interface KeyOptions {
  /** Whether keys without Ctrl that write a character act at all. */
  readonly hasSingleKeys: boolean;
}

/** What a stroke stands for where the focus is; null leaves it to the browser. */
export function bindingFor(
  stroke: Stroke,
  place: Place,
  { hasSingleKeys }: KeyOptions = { hasSingleKeys: true },
): Binding | null {
  if (place === "typing" || stroke.altKey) return null;
  const name = nameOf(stroke);
  if (!hasSingleKeys && /^(Shift\+)?.$/.test(name)) return null;
  const fits = ({ keys, places }: Binding) =>
    keys.includes(name) && (places?.includes(place) ?? true);
  const found = KEYS.find(fits) ?? null;
  return stroke.repeat && found && !found.doesRepeat && !found.isHeld ? null : found;
}

/** The held action that ends with this key, whatever else is down by now. */
export function heldBy(stroke: Stroke): Action | null {
  const key = keyOf(stroke);
  return KEYS.find(({ isHeld, keys }) => isHeld && keys.includes(key))?.action ?? null;
}
