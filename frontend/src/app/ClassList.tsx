/** The classes: one of them sticks to the next object; on a selected object they relabel. */

import { useEffect, useRef } from "preact/hooks";

import { text } from "../i18n/text";
import type { ObjectClass } from "../state/state";
import { pickClass } from "./edits";
import { giveBack } from "./focus";
import { IconButton } from "./IconButton";
import { openDialog } from "./looks";
import { classQuery, presentObject, state } from "./store";
import { typed } from "./typed";

export function ClassList() {
  const query = classQuery.value;
  const present = presentObject.value?.class ?? state.value.view.class;
  const shown = matching(state.value.classes, query ?? "");
  return (
    <section class="classes" aria-labelledby="classes-title">
      <div class="section-head">
        <h2 id="classes-title">{text("classes.title")}</h2>
        <IconButton
          icon="plus"
          label={text("classes.edit")}
          testId="classes-edit"
          onClick={() => openDialog("classes")}
        />
      </div>
      {query !== null && <Search first={shown[0] ?? null} query={query} />}
      <fieldset class="class-list" aria-label={text("classes.title")}>
        {shown.map((one) => (
          <ClassButton key={one.id} one={one} isPresent={one.id === present} />
        ))}
      </fieldset>
    </section>
  );
}

function ClassButton({
  one,
  isPresent,
}: {
  readonly one: ObjectClass;
  readonly isPresent: boolean;
}) {
  const pick = (): void => pickClass(one.id);
  return (
    <button
      type="button"
      class="class-button"
      data-testid={`class-${one.id}`}
      aria-pressed={isPresent}
      onClick={pick}
    >
      <kbd class={one.key === null ? "no-key" : ""}>{one.key ?? ""}</kbd>
      <Swatch colour={one.color} />
      <span class="name">{one.name}</span>
    </button>
  );
}

export function Swatch({ colour }: { readonly colour: string }) {
  return (
    <svg class="swatch" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" rx="3" fill={colour} />
    </svg>
  );
}

function Search({ query, first }: { readonly query: string; readonly first: ObjectClass | null }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const { current } = field;
    current?.focus();
    return () => giveBack(before, current);
  }, []);
  const end = (): void => {
    classQuery.value = null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && first) pickClass(first.id);
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.stopPropagation();
    end();
  };
  const onInput = typed(({ value }) => {
    classQuery.value = value;
  });
  const label = text("classes.search");
  return (
    <input
      ref={field}
      class="class-search"
      type="search"
      aria-label={label}
      placeholder={label}
      value={query}
      onInput={onInput}
      onKeyDown={onKeyDown}
      onBlur={end}
    />
  );
}

function matching(classes: readonly ObjectClass[], query: string): readonly ObjectClass[] {
  const wanted = query.trim().toLocaleLowerCase();
  return classes.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
}
