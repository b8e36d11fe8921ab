import { expect, it } from "vitest";

import { type Toast, withoutToast, withToast } from "./toasts";

function toast(code: string, sentence = code): Toast {
  return { code, tone: "error", text: sentence, details: null, action: null };
}

it("counts the same code up instead of repeating it", () => {
  const shown = withToast(withToast([], toast("busy", "first")), toast("busy", "second"));

  expect(shown).toMatchObject([{ code: "busy", text: "second", count: 2 }]);
});

it("shows at most three; the oldest gives way", () => {
  const shown = ["a", "b", "c", "d"].map((code) => toast(code)).reduce(withToast, []);

  expect(shown.map(({ code }) => code)).toEqual(["b", "c", "d"]);
});

it("counts anew after it was closed", () => {
  const closed = withoutToast(withToast(withToast([], toast("a")), toast("a")), "a");

  expect(withToast(closed, toast("a"))).toMatchObject([{ count: 1 }]);
});
