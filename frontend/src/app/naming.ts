/** What objects and clicks are called on the page. */

import { text } from "../i18n/text";
import type { Click, Obj, ObjectClass } from "../state/state";
import { state } from "./store";

/** The number in an id such as "o12". */
export function numberOf({ id }: Pick<Obj, "id">): string {
  return /\d+$/.exec(id)?.[0] ?? id;
}

export function classOf(object: Pick<Obj, "class">): ObjectClass | null {
  return state.value.classes.find(({ id }) => id === object.class) ?? null;
}

export function classNameOf(object: Pick<Obj, "class">): string {
  return classOf(object)?.name ?? object.class;
}

export function objectName(object: Obj): string {
  return text("object.name", { class: classNameOf(object), number: numberOf(object) });
}

export function clickName(click: Click, place: number): string {
  return text(click.sign > 0 ? "click.positive" : "click.negative", {
    place,
    x: Math.floor(click.x),
    y: Math.floor(click.y),
  });
}
