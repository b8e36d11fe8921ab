/** One call to the server: headers, token, addresses relative to the page, errors in one shape. */

import { Problem, toProblem } from "./problem";

export interface CallOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class Client {
  readonly #base: string;
  readonly #fetch: Fetch;
  readonly #token: string | null;

  constructor(base: string, token: string | null, fetch: Fetch) {
    this.#base = base;
    this.#token = token;
    this.#fetch = fetch;
  }

  /** The answer, if it is one of success; else throws a `Problem`, or the abort. */
  async call(path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.#send(`api/v1/${path}`, options);
    if (response.ok) return response;
    throw await toProblem(response);
  }

  async json<Body>(path: string, options: CallOptions = {}): Promise<Body> {
    return this.parsed<Body>(await this.call(path, options));
  }

  /** A file that belongs to the page, such as a sample image. */
  async file(path: string): Promise<Blob> {
    const response = await this.#send(path, {});
    if (!response.ok) throw await toProblem(response);
    return response.blob();
  }

  /** The JSON of an answer; a body cut short is a problem, not a crash. */
  async parsed<Body>(response: Response): Promise<Body> {
    try {
      return (await response.json()) as Body;
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw new Problem("unreadable", response.status, "The answer is not valid JSON.");
    }
  }

  async #send(path: string, options: CallOptions): Promise<Response> {
    const { method = "GET", body, headers = {}, signal } = options;
    const init: RequestInit = {
      method,
      headers: { ...this.#ownHeaders(method), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    };
    try {
      return await this.#fetch(new URL(path, this.#base).href, init);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw new Problem("offline", 0, "The server does not answer.");
    }
  }

  #ownHeaders(method: string): Record<string, string> {
    const login = this.#token === null ? {} : { Authorization: `Bearer ${this.#token}` };
    const own = method === "GET" ? {} : { "X-GPCIS": "1" };
    return { ...login, ...own };
  }
}

/** Options of a call that carries JSON. */
export function jsonBody(method: "POST" | "PUT", body: object): CallOptions {
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}
