/** Classes: the colours they get, the keys that pick them. */

import type { ObjectClass, State } from "./state";

/** Twelve colours that colour-blind eyes tell apart, on light and on dark pictures. */
export const PALETTE = [
  "#4c8dff",
  "#f28e2b",
  "#2ca58d",
  "#e15759",
  "#b07aa1",
  "#edc948",
  "#76b7f2",
  "#9c755f",
  "#ff9da7",
  "#59a14f",
  "#8c6bd8",
  "#c7d36f",
] as const;

export const DEFAULT_CLASSES: readonly ObjectClass[] = [
  { id: "object", name: "object", color: PALETTE[0], key: "1" },
];

const UNKNOWN = "#9aa4b2";

export function colourOf(classes: readonly ObjectClass[], id: string): string {
  return classes.find((one) => one.id === id)?.color ?? UNKNOWN;
}

export function classForKey(state: State, key: string): ObjectClass | null {
  return state.classes.find((one) => one.key === key) ?? null;
}

/** A class of this name with the next free id, colour and key. */
export function nextClass(classes: readonly ObjectClass[], name: string): ObjectClass {
  const colours = PALETTE.filter((colour) => classes.every((one) => one.color !== colour));
  const keys = [..."123456789"].filter((key) => classes.every((one) => one.key !== key));
  return {
    id: freeId(classes, name),
    name,
    color: colours[0] ?? PALETTE[classes.length % PALETTE.length] ?? UNKNOWN,
    key: keys[0] ?? null,
  };
}

/** Letters, digits and dashes of the name; a number is added where that is taken. */
function freeId(classes: readonly ObjectClass[], name: string): string {
  const stem =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "class";
  const isTaken = (id: string) => classes.some((one) => one.id === id);
  let id = stem;
  for (let num = 2; isTaken(id); num++) id = `${stem}-${num}`;
  return id;
}
