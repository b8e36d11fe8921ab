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

type Row = readonly [Action, Group, string, Partial<Binding>?];

/** As one row for each action: its keys, parted by blanks. */
const TABLE: readonly Row[] = [
  ["swap-sign", "clicks", "X"],
  ["click-positive", "clicks", "P"],
  ["click-negative", "clicks", "M"],
  ["clear", "clicks", "R"],
  ["delete", "clicks", "Delete Backspace"],
  ["undo", "clicks", "Ctrl+Z", { doesRepeat: true }],
  ["redo", "clicks", "Ctrl+Shift+Z Ctrl+Y", { doesRepeat: true }],
  ...cursorRows(),
  ["finish", "objects", "Enter", { places: FREE }],
  ["finish", "objects", "E"],
  ["escape", "objects", "Escape"],
  ["new-object", "objects", "W"],
  ["next-object", "objects", "J"],
  ["previous-object", "objects", "K"],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((value): Row => ["class", "objects", `${value}`, { value }]),
  ["class-search", "objects", "0"],
  ["threshold-down", "objects", ",", { doesRepeat: true }],
  ["threshold-up", "objects", ".", { doesRepeat: true }],
  ["protect", "objects", "L"],
  ["previous-image", "images", "A"],
  ["previous-image", "images", "ArrowLeft", { places: BODY }],
  ["next-image", "images", "D"],
  ["next-image", "images", "ArrowRight", { places: BODY }],
  ["finish-next", "images", "G"],
  ["done", "images", "Shift+Enter", { places: FREE }],
  ["fit", "view", "F"],
  ["zoom-100", "view", "Z"],
  ["zoom-in", "view", "+ =", { doesRepeat: true }],
  ["zoom-out", "view", "-", { doesRepeat: true }],
  ["pan", "view", "Space", { isHeld: true, places: FREE }],
  ["hide", "view", "H", { isHeld: true }],
  ["hide-toggle", "view", "Shift+H"],
  ["outline", "view", "O"],
  ["doubt", "view", "U", { isHeld: true }],
  ["doubt-toggle", "view", "Shift+U"],
  ["save", "page", "Ctrl+S"],
  ["export", "page", "Ctrl+E"],
  ["keys", "page", "?"],
  ["panels", "page", "\\"],
];

export const KEYS: readonly Binding[] = TABLE.map(([action, group, keys, more]) => ({
  action,
  group,
  keys: keys.split(" "),
  ...more,
}));

/** The arrows move the cursor by 1, with Shift by 10, with Ctrl by 50 pixels. */
function cursorRows(): readonly Row[] {
  return (["left", "right", "up", "down"] as const).flatMap((way) =>
    (
      [
        ["", 1],
        ["Shift+", 10],
        ["Ctrl+", 50],
      ] as const
    ).map(([held, value]): Row => {
      const key = `${held}Arrow${way.charAt(0).toUpperCase()}${way.slice(1)}`;
      return [`cursor-${way}`, "clicks", key, { value, places: CANVAS, doesRepeat: true }];
    }),
  );
}

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
