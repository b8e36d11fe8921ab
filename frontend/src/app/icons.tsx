/** The page's signs; they say nothing to screen readers.  icons.svg draws them on a 20 px grid. */

import sheet from "./icons.svg?url";

export type IconName =
  | "plus"
  | "minus"
  | "hand"
  | "fit"
  | "undo"
  | "redo"
  | "previous"
  | "next"
  | "close"
  | "eye"
  | "eye-off"
  | "lock"
  | "unlock"
  | "bin"
  | "sun"
  | "moon"
  | "auto"
  | "help"
  | "gear"
  | "upload"
  | "picture";

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      focusable="false"
    >
      <use href={`${sheet}#${name}`} />
    </svg>
  );
}
