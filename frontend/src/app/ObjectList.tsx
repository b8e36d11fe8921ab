/** All objects of the image: a listbox, and beside each row its eye, lock and bin. */

import { useEffect, useRef } from "preact/hooks";

import { number, plural, text } from "../i18n/text";
import type { Obj } from "../state/state";
import { Swatch } from "./ClassList";
import {
  deleteObject,
  lockObject,
  reopenObject,
  selectObject,
  showObject,
  startObject,
} from "./edits";
import { IconButton } from "./IconButton";
import { classOf, numberOf, objectName } from "./naming";
import { presentObject, state } from "./store";

const NO_COLOUR = "#9aa4b2";

export function ObjectList() {
  const { objects } = state.value.work;
  return (
    <section class="objects" aria-labelledby="objects-title">
      <div class="section-head">
        <h2 id="objects-title">{text("objects.title", { count: objects.length })}</h2>
        <button
          type="button"
          class="quiet"
          data-testid="new-object"
          title={`${text("objects.new")} (W)`}
          onClick={startObject}
        >
          {text("objects.new")}
        </button>
      </div>
      {objects.length === 0 ? (
        <p class="quiet-text">{text("objects.none")}</p>
      ) : (
        <Rows objects={objects} />
      )}
    </section>
  );
}

function Rows({ objects }: { readonly objects: readonly Obj[] }) {
  const present = presentObject.value;
  const active = present === null ? undefined : idOf(present);
  return (
    <div class="object-rows">
      <ul
        class="object-names"
        role="listbox"
        tabIndex={0}
        aria-label={text("objects.list")}
        aria-activedescendant={active}
        onKeyDown={onKeyDown}
      >
        {objects.map((object) => (
          <Row key={object.id} object={object} isPresent={object === present} />
        ))}
      </ul>
      <div class="object-tools">
        {objects.map((object) => (
          <Tools key={object.id} object={object} />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly object: Obj;
  readonly isPresent: boolean;
}

function Row({ object, isPresent }: RowProps) {
  const own = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isPresent && own.current) keepInSight(own.current);
  }, [isPresent]);
  const one = classOf(object);
  return (
    <li
      ref={own}
      id={idOf(object)}
      role="option"
      aria-selected={isPresent}
      class={object.state}
      data-testid={`object-${object.id}`}
      onClick={() => selectObject(object.id)}
      onDblClick={() => reopenObject(object.id)}
    >
      <Swatch colour={one?.color ?? NO_COLOUR} />
      <span class="name">{one?.name ?? object.class}</span>
      <span class="number">#{numberOf(object)}</span>
      <span class="state">{stateOf(object)}</span>
    </li>
  );
}

/** Scrolls the list, where it is the list that scrolls, and nothing around it. */
function keepInSight(row: HTMLElement): void {
  const list = row.closest(".object-rows");
  if (!list) return;
  const { offsetTop, offsetHeight } = row;
  const least = offsetTop + offsetHeight - list.clientHeight;
  list.scrollTop = Math.min(offsetTop, Math.max(least, list.scrollTop));
}

function idOf({ id }: Obj): string {
  return `row-${id}`;
}

/** How far the object is, in a word or a number. */
function stateOf(object: Obj): string {
  const { phase, shown } = object;
  if (phase.kind === "error") return text("objects.error");
  if (phase.kind === "queued" || phase.kind === "preview") return text("objects.waiting");
  if (object.state === "open") return plural("bar.clicks", object.clicks.length);
  const iou = shown?.est_iou ?? null;
  return iou === null ? text("objects.ok") : number(iou, 2);
}

function Tools({ object }: { readonly object: Obj }) {
  const { id, visible, locked } = object;
  const name = objectName(object);
  const eye = text(visible ? "objects.hide" : "objects.show", { name });
  const lock = text(locked ? "objects.unlock" : "objects.lock", { name });
  return (
    <div class="tools">
      <IconButton
        icon={visible ? "eye" : "eye-off"}
        label={eye}
        testId={`visible-${id}`}
        isPressed={!visible}
        onClick={() => showObject(id, !visible)}
      />
      <IconButton
        icon={locked ? "lock" : "unlock"}
        label={lock}
        testId={`lock-${id}`}
        isPressed={locked}
        isDisabled={object.state === "open"}
        onClick={() => lockObject(id, !locked)}
      />
      <IconButton
        icon="bin"
        label={text("objects.delete", { name })}
        testId={`delete-${id}`}
        isDisabled={locked}
        onClick={() => deleteObject(id)}
      />
    </div>
  );
}

/** Up and down choose, Enter re-opens, as in any list. */
function onKeyDown(event: KeyboardEvent): void {
  const { objects } = state.peek().work;
  const at = objects.findIndex(({ id }) => id === presentObject.peek()?.id);
  const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: objects.length - 1 }[
    event.key
  ];
  const target = objects[to ?? -1];
  if (to !== undefined) event.preventDefault();
  if (target) selectObject(target.id);
  if (to !== undefined || event.key === "Enter") event.stopPropagation();
  const present = presentObject.peek();
  if (event.key === "Enter" && present?.state === "finished") reopenObject(present.id);
  if (event.key === "Delete" && present) {
    event.stopPropagation();
    deleteObject(present.id);
  }
}
