import { beforeEach, expect, it } from "vitest";

import {
  FIRST_SETTINGS,
  keepSettings,
  loadSettings,
  nextTheme,
  wearTheme,
  withHintDone,
} from "./settings";

beforeEach(() => localStorage.clear());

it("comes back as it was kept", () => {
  const chosen = {
    theme: "light",
    hasLetterKeys: false,
    colourMap: "cividis",
    doneHints: ["click"],
  } as const;

  keepSettings(chosen, localStorage);

  expect(loadSettings(localStorage)).toEqual(chosen);
});

it.each(["{cut", "[]", "null", '{"hasLetterKeys":"no","colourMap":"jet","doneHints":1}'])(
  "takes damaged storage %s as none",
  (text) => {
    localStorage.setItem("gpcis.settings", text);

    expect(loadSettings(localStorage)).toEqual(FIRST_SETTINGS);
  },
);

it("keeps the theme where the first script finds it", () => {
  keepSettings({ ...FIRST_SETTINGS, theme: "dark" }, localStorage);

  expect(localStorage.getItem("gpcis.theme")).toBe("dark");
});

it("goes round the themes", () => {
  const [first, second, third] = [nextTheme("auto"), nextTheme("dark"), nextTheme("light")];

  expect([first, second, third]).toEqual(["dark", "light", "auto"]);
});

it("leaves the theme to the system when it is auto", () => {
  const root = document.createElement("html");

  wearTheme("light", root);
  wearTheme("auto", root);

  expect(root.hasAttribute("data-theme")).toBe(false);
});

it("takes a hint as done once and for all", () => {
  const done = withHintDone(withHintDone(FIRST_SETTINGS, "click"), "click");

  expect(done.doneHints).toEqual(["click"]);
});
