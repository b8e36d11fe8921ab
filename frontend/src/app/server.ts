/** The one line to the server: client, connection, patience. */

import { Client } from "../api/client";
import { Connection } from "../api/connection";
import type { Patience } from "../api/patience";
import { persist } from "../api/patience";
import { takeToken } from "../api/token";
import type { Health } from "../api/types";
import { text } from "../i18n/text";
import { news, report } from "./failures";
import { health, link } from "./store";

const replaceAddress = (url: string): void => history.replaceState(null, "", url);

export const client = new Client(
  document.baseURI,
  takeToken(location, sessionStorage, replaceAddress),
  (url, init) => fetch(url, init),
);

export const connection = new Connection({
  probe: () =>
    client.call("health").then(
      () => true,
      () => false,
    ),
  onChange: (now) => {
    link.value = now;
  },
  now: () => performance.now(),
  random: Math.random,
});

const patience: Patience = {
  connection,
  onBusy: (problem) => {
    if (problem.code === "busy") news("busy", text("news.busy"));
  },
};

/** Call until the server has an answer that waiting cannot change. */
export function insist<Answer>(call: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  return persist(call, patience, signal);
}

/** Names this tab to the server; also where `randomUUID` is kept for https. */
export const TAB = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, "0"),
).join("");

const LOADING_POLL_MS = 1000;

/** Learn how the server is, again and again while its model loads. */
export async function watchHealth(): Promise<void> {
  const now = await insist(() => client.json<Health>("health"));
  health.value = now;
  if (now.status === "loading") setTimeout(() => void watchHealth().catch(report), LOADING_POLL_MS);
}
