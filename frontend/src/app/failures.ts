/** Problems in the page's own words, as toasts. */

import { asProblem, type Problem } from "../api/problem";
import { isTextKey, number, text, type Values } from "../i18n/text";
import { announce } from "./announce";
import { tell } from "./store";
import type { ToastAction } from "./toasts";

/** Codes that say nothing the user has to know. */
const SILENT = new Set(["superseded", "offline"]);
const MEGA = 1_000_000;

/** Say what went wrong, and with which file; `action` is what the toast offers. */
export function report(error: unknown, action: ToastAction | null = null, file = ""): void {
  const problem = asProblem(error);
  if (problem === null || SILENT.has(problem.code)) return;
  tell({
    code: problem.code,
    tone: "error",
    text: file === "" ? inWords(problem) : `${file}: ${inWords(problem)}`,
    details: problem.details(),
    action,
  });
}

export function news(code: string, sentence: string, action: ToastAction | null = null): void {
  tell({ code, tone: "news", text: sentence, details: null, action });
  announce(sentence);
}

/** The page's sentence for the code, and what the server adds. */
export function inWords(problem: Problem): string {
  const limit = problem.extra["limit"];
  const values = { limit: typeof limit === "number" ? megabytes(limit) : "" };
  if (problem.code === "too_large" && values.limit === "") return text("error.too_large_plain");
  const own = sentenceOf(problem.code, values);
  return problem.detail === "" ? own : `${own} ${problem.detail}`;
}

/** What a code means, in one sentence. */
export function sentenceOf(code: string, values: Values = {}): string {
  const key = `error.${code}`;
  return isTextKey(key) ? text(key, values) : text("error.other");
}

function megabytes(bytes: number): string {
  return text("size.megabytes", { size: number(bytes / MEGA, bytes < MEGA ? 2 : 0) });
}
