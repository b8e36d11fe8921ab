/** Names, colours and keys of the classes. */

import { useState } from "preact/hooks";

import { text } from "../i18n/text";
import { nextClass } from "../state/classes";
import type { ObjectClass } from "../state/state";
import { closeDialog, Dialog } from "./Dialog";
import { DialogActions } from "./DialogActions";
import { IconButton } from "./IconButton";
import { writeClasses } from "./project";
import { state } from "./store";
import { typed } from "./typed";

export function ClassesDialog() {
  const [classes, setClasses] = useState(state.peek().classes);
  const [name, setName] = useState("");
  const change = (id: string, part: Partial<ObjectClass>): void =>
    setClasses(classes.map((one) => (one.id === id ? { ...one, ...part } : one)));
  const remove = (id: string): void => setClasses(classes.filter((one) => one.id !== id));
  const withNew = (): readonly ObjectClass[] =>
    name.trim() === "" ? classes : [...classes, nextClass(classes, name.trim())];
  const add = (): void => {
    setClasses(withNew());
    setName("");
  };
  const save = async (): Promise<void> => {
    if (await writeClasses(withNew())) closeDialog();
    else setClasses(state.peek().classes);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") add();
  };
  return (
    <Dialog title={text("classes.dialog")}>
      <ul class="class-rows">
        {classes.map((one) => (
          <ClassRow
            key={one.id}
            one={one}
            isLast={classes.length === 1}
            onChange={(part) => change(one.id, part)}
            onRemove={() => remove(one.id)}
          />
        ))}
      </ul>
      <div class="class-add">
        <input
          type="text"
          data-testid="class-name"
          aria-label={text("classes.new")}
          placeholder={text("classes.new")}
          maxLength={64}
          value={name}
          onInput={typed(({ value }) => setName(value))}
          onKeyDown={onKeyDown}
        />
        <button type="button" data-testid="class-add" disabled={name.trim() === ""} onClick={add}>
          {text("classes.add")}
        </button>
      </div>
      <DialogActions label={text("action.save")} testId="classes-save" onClick={save} />
    </Dialog>
  );
}

interface ClassRowProps {
  readonly one: ObjectClass;
  readonly isLast: boolean;
  readonly onChange: (part: Partial<ObjectClass>) => void;
  readonly onRemove: () => void;
}

function ClassRow({ one, isLast, onChange, onRemove }: ClassRowProps) {
  return (
    <li>
      <input
        type="color"
        aria-label={text("classes.colour", { name: one.name })}
        value={one.color}
        onInput={typed(({ value: color }) => onChange({ color }))}
      />
      <input
        type="text"
        aria-label={text("classes.rename", { name: one.name })}
        maxLength={64}
        value={one.name}
        onInput={typed(({ value: name }) => onChange({ name }))}
      />
      <kbd class={one.key === null ? "no-key" : ""}>{one.key ?? ""}</kbd>
      <IconButton
        icon="bin"
        label={text("classes.remove", { name: one.name })}
        isDisabled={isLast}
        onClick={onRemove}
      />
    </li>
  );
}
