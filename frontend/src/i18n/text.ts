/** Every string of the page by its key, with its values filled in. */

import type en from "./en.json";

export type TextKey = keyof typeof en & string;
export type Catalog = Readonly<Record<TextKey, string>>;
export type Values = Readonly<Record<string, string | number>>;

type Stem<Key> = Key extends `${infer Name}.one` ? Name : never;
export type PluralKey = Stem<TextKey>;

let catalog: Partial<Catalog> = {};

/** Speak with the strings of `words` from now on. */
export function learn(words: Catalog): void {
  catalog = words;
}

const LANGUAGE = "en";
const plurals = new Intl.PluralRules(LANGUAGE);

/** The string `key`, where `{name}` stands for a value. */
export function text(key: TextKey, values: Values = {}): string {
  return filled(catalog[key] ?? key, values);
}

/** The form of `key` that fits `count`, which is also the value `{count}`. */
export function plural(key: PluralKey, count: number, values: Values = {}): string {
  const form = plurals.select(count) === "one" ? "one" : "other";
  return text(`${key}.${form}`, { ...values, count });
}

/** Whether `key` names a string; for keys made from a server's error code. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(catalog, key);
}

/** A number as people write it, with at most `digits` after the point. */
export function number(value: number, digits = 0): string {
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(LANGUAGE, form).format(value);
}

export function percent(share: number, digits = 0): string {
  const form = {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(LANGUAGE, form).format(share);
}

/** Hours and minutes of a moment, in the user's time zone. */
export function clock(moment: number): string {
  return new Intl.DateTimeFormat(LANGUAGE, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(moment);
}

function filled(pattern: string, values: Values): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 2) : value;
  });
}
