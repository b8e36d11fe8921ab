/** What can be done to one click. */

import { useEffect, useRef } from "preact/hooks";

import { text } from "../i18n/text";
import { flipClick, muteClick, removeClick } from "./edits";
import { giveBack } from "./focus";
import { closeDotMenu } from "./looks";
import { dotMenu, openObject } from "./store";

export function DotMenu() {
  const { value } = dotMenu;
  const click = openObject.value?.clicks.find(({ id }) => id === value?.click);
  if (value === null || !click) return null;
  const { id, muted } = click;
  const items = [
    { label: text("dot.flip"), run: () => flipClick(id) },
    { label: text(muted ? "dot.unmute" : "dot.mute"), run: () => muteClick(id) },
    { label: text("dot.remove"), run: () => removeClick(id) },
  ];
  return <Menu key={id} at={value.at} items={items} />;
}

interface MenuProps {
  readonly at: { readonly x: number; readonly y: number };
  readonly items: readonly { readonly label: string; readonly run: () => void }[];
}

function Menu({ at, items }: MenuProps) {
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const { current } = own;
    current?.querySelector("button")?.focus();
    return () => giveBack(before, current);
  }, []);
  const leave = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (!(to instanceof Node && own.current?.contains(to))) closeDotMenu();
  };
  return (
    <div
      ref={own}
      class="dot-menu"
      role="menu"
      tabIndex={-1}
      aria-label={text("dot.name")}
      data-testid="dot-menu"
      style={{ left: `${at.x}px`, top: `${at.y}px` }}
      onKeyDown={onKeyDown}
      onFocusOut={leave}
    >
      {items.map(({ label, run }) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          onClick={() => {
            closeDotMenu();
            run();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function onKeyDown(event: KeyboardEvent): void {
  event.stopPropagation();
  if (event.key === "Escape") closeDotMenu();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.findIndex((button) => button === document.activeElement);
  all[(at + step + all.length) % all.length]?.focus();
}
