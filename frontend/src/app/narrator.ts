/** What a screen reader is told about a change of the state. */

import { percent, plural, text } from "../i18n/text";
import { openObjectOf } from "../state/objects";
import type { Click, Notice, Obj, State } from "../state/state";

/** One sentence or two about what has happened; null if it is nothing to speak of. */
export function sentenceFor(before: State, after: State): string | null {
  if (before.image !== after.image)
    return after.image && text("say.opened", { name: after.image.name });
  if (after.log.future.length !== before.log.future.length) return undoSentence(before, after);
  const open = openObjectOf(after.work);
  const was = openObjectOf(before.work);
  if (open === null)
    return was === null ? selectedSentence(before, after) : closedSentence(after, was);
  if (was?.id !== open.id) return openedSentence(open);
  if (open.clicks !== was.clicks) return clicksSentence(was, open);
  if (open.shown !== was.shown && open.phase.kind === "final") return answerSentence(after, open);
  return null;
}

/** The page's words for a notice of the state. */
export function noticeText({ code }: Notice): string {
  return text(`notice.${code}`);
}

function undoSentence(before: State, after: State): string {
  const isUndo = after.log.past.length < before.log.past.length;
  const entry = isUndo ? before.log.past.at(-1) : before.log.future.at(-1);
  const what = entry ? text(`edit.${entry.label}`) : "";
  return text(isUndo ? "say.undone" : "say.redone", { what });
}

function openedSentence(open: Obj): string {
  const last = open.clicks.at(-1);
  return open.clicks.length === 1 && last
    ? clickSentence(last, 1)
    : text("say.reopened", { number: open.id.slice(1) });
}

function closedSentence(after: State, was: Obj): string {
  const isThere = after.work.objects.some(({ id }) => id === was.id);
  return text(isThere ? "say.finished" : "say.dropped", { number: was.id.slice(1) });
}

function selectedSentence(before: State, after: State): string | null {
  const { selected } = after.view;
  if (selected === before.view.selected || selected === null) return null;
  return text("say.selected", { number: selected.slice(1) });
}

function clicksSentence(was: Obj, open: Obj): string {
  const last = open.clicks.at(-1);
  const isNew = open.clicks.length > was.clicks.length && last;
  return isNew ? clickSentence(last, open.clicks.length) : plural("say.clicks", open.clicks.length);
}

function answerSentence({ image }: State, open: Obj): string {
  const pixels = image ? image.width * image.height : 1;
  const cover = text("say.covers", { share: percent((open.shown?.area ?? 0) / pixels) });
  const last = open.clicks.at(-1);
  return last ? `${clickSentence(last, open.clicks.length)} ${cover}` : cover;
}

function clickSentence(click: Click, place: number): string {
  const at = {
    place: String(place),
    x: String(Math.floor(click.x)),
    y: String(Math.floor(click.y)),
  };
  return text(click.sign > 0 ? "say.positive" : "say.negative", at);
}
