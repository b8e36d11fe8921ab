/** Banners across the stage: no connection, another tab's work, unsaved work found. */

import type { Link } from "../api/connection";
import { clock, text } from "../i18n/text";
import { report } from "./failures";
import { useNow } from "./now";
import { connection } from "./server";
import { found, link, saving } from "./store";
import { discardFound, keepMine, restoreFound, takeTheirs } from "./work";

interface BannerProps {
  readonly kind: string;
  readonly sentence: string;
  /** What changes too often to be said aloud. */
  readonly more?: string;
  readonly actions: readonly { readonly label: string; readonly run: () => void }[];
}

export function Notices() {
  const { value } = link;
  return (
    <div class="notices">
      {value.kind === "down" && <Lost link={value} />}
      {saving.value.kind === "conflict" && <Conflict />}
      {found.value !== null && <Found at={found.value.at} />}
    </div>
  );
}

function Banner({ kind, sentence, more, actions }: BannerProps) {
  return (
    <div class={`notice ${kind}`} data-testid="banner" data-kind={kind}>
      <p>
        <span role="alert">{sentence}</span> <span aria-hidden="true">{more}</span>
      </p>
      {actions.map(({ label, run }) => (
        <button key={label} type="button" onClick={run}>
          {label}
        </button>
      ))}
    </div>
  );
}

function Lost({ link: { retryAt } }: { readonly link: Extract<Link, { kind: "down" }> }) {
  const seconds = Math.max(0, Math.ceil((retryAt - useNow(250)) / 1000));
  const when = seconds > 0 ? text("offline.in", { seconds }) : text("offline.now");
  const actions = [{ label: text("action.retry_now"), run: () => connection.retryNow() }];
  return <Banner kind="offline" sentence={text("offline.lost")} more={when} actions={actions} />;
}

function Conflict() {
  const actions = [
    { label: text("conflict.theirs"), run: () => void takeTheirs().catch(report) },
    { label: text("conflict.mine"), run: () => void keepMine().catch(report) },
  ];
  return <Banner kind="conflict" sentence={text("conflict.sentence")} actions={actions} />;
}

function Found({ at }: { readonly at: number }) {
  const actions = [
    { label: text("found.restore"), run: restoreFound },
    { label: text("found.discard"), run: discardFound },
  ];
  return (
    <Banner kind="found" sentence={text("found.sentence", { time: clock(at) })} actions={actions} />
  );
}
