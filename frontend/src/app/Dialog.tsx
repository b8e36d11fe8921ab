/** A modal window of the browser's own kind; the focus goes back where it was. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { text } from "../i18n/text";
import { giveBack } from "./focus";
import { IconButton } from "./IconButton";
import { dialog } from "./store";

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
}

export function closeDialog(): void {
  dialog.value = null;
}

export function Dialog({ title, children, isWide = false }: DialogProps) {
  const own = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const { current } = own;
    current?.showModal();
    current?.querySelector<HTMLElement>("input:checked, .dialog-body input")?.focus();
    return () => giveBack(before, current);
  }, []);
  return (
    <dialog
      ref={own}
      class={isWide ? "wide" : ""}
      aria-labelledby="dialog-title"
      onClose={closeDialog}
    >
      <header>
        <h2 id="dialog-title">{title}</h2>
        <IconButton
          icon="close"
          label={text("action.close")}
          onClick={() => own.current?.close()}
        />
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
