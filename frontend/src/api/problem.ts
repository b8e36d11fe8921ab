/** What went wrong with a call, in one shape, whoever noticed it. */

import type { JsonValue } from "./types";

/** A call that failed. `code` is stable; `offline` and `unreadable` are the page's own. */
export class Problem extends Error {
  override readonly name = "Problem";

  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly extra: Readonly<Record<string, JsonValue>>;
  readonly retryAfterMs: number | null;

  constructor(
    code: string,
    status: number,
    detail: string,
    extra: Readonly<Record<string, JsonValue>> = {},
    retryAfterMs: number | null = null,
  ) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.extra = extra;
    this.retryAfterMs = retryAfterMs;
  }

  /** What "Copy details" puts into the clipboard. */
  details(): string {
    return JSON.stringify({
      code: this.code,
      status: this.status,
      detail: this.detail,
      ...this.extra,
    });
  }
}

const GATEWAY = new Set([502, 503, 504]);
const BY_STATUS: Readonly<Record<number, string>> = { 401: "unauthorized", 413: "too_large" };

/** The problem that an answer other than 2xx tells of. */
export async function toProblem(response: Response): Promise<Problem> {
  const body = await problemBody(response);
  const wait = retryAfterMs(response.headers.get("Retry-After"));
  if (body === null) {
    const isGateway = GATEWAY.has(response.status);
    const code = isGateway ? "offline" : (BY_STATUS[response.status] ?? "unreadable");
    return new Problem(code, response.status, response.statusText, {}, wait);
  }
  const { code, detail, title: _title, status: _status, type: _type, ...extra } = body;
  return new Problem(String(code), response.status, String(detail ?? ""), extra, wait);
}

/** Anything thrown by a call as a problem; null if the call was aborted on purpose. */
export function asProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof Error && error.name === "AbortError") return null;
  return new Problem("unreadable", 0, error instanceof Error ? error.message : String(error));
}

async function problemBody(response: Response): Promise<Record<string, JsonValue> | null> {
  try {
    const body: unknown = await response.json();
    const isProblem = typeof body === "object" && body !== null && "code" in body;
    return isProblem ? (body as Record<string, JsonValue>) : null;
  } catch {
    return null; // a proxy's page, or nothing
  }
}

function retryAfterMs(value: string | null): number | null {
  const seconds = Number(value ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
