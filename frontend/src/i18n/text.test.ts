import { beforeAll, describe, expect, it } from "vitest";

import { KEYS } from "../engine/keymap";
import en from "./en.json";
import { isTextKey, learn, number, percent, plural, text } from "./text";

const SOURCES = import.meta.glob(["../**/*.ts", "../**/*.tsx", "!../**/*.test.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
}) as Readonly<Record<string, string>>;
const CODE = Object.values(SOURCES).join("\n");

beforeAll(() => learn(en));

describe("the catalogue", () => {
  it("has no string that the page never says", () => {
    const isMade = (key: string): boolean =>
      [...CODE.matchAll(/`([\w.-]+\.)\$\{/g)].some(([, stem]) => key.startsWith(stem ?? "?"));
    const isUsed = (key: string): boolean =>
      CODE.includes(`"${key}"`) ||
      CODE.includes(`"${key.replace(/\.(one|other)$/, "")}"`) ||
      isMade(key);

    expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
  });

  it("has both forms of each plural", () => {
    const stems = Object.keys(en).flatMap((key) => /^(.*)\.one$/.exec(key)?.[1] ?? []);

    expect(stems.filter((stem) => !isTextKey(`${stem}.other`))).toEqual([]);
  });

  it("names every action that has a key", () => {
    const actions = KEYS.map(({ action }) => `action.${action}`);

    expect(actions.filter((key) => !isTextKey(key))).toEqual([]);
  });

  it("has words for every code of the API", () => {
    const codes =
      "malformed bad_host unauthorized forbidden_origin not_found conflict too_large unsupported_type invalid click_outside bad_image too_many_pixels precondition_required internal numerical model_unavailable timeout disk_full";

    expect(codes.split(" ").filter((code) => !isTextKey(`error.${code}`))).toEqual([]);
  });
});

describe("a string", () => {
  it("has its values filled in as they are, never as markup of its own", () => {
    expect(text("objects.hide", { name: "<b>{count}</b>" })).toBe("Hide <b>{count}</b>");
  });

  it("comes in the form that fits the number", () => {
    expect([plural("bar.clicks", 1), plural("bar.clicks", 2)]).toEqual(["1 click", "2 clicks"]);
  });

  it("writes numbers as people do", () => {
    expect([number(1234.5, 1), percent(0.125)]).toEqual(["1,234.5", "13%"]);
  });
});
