/** A server that asks for a token, and a tab that has none or a wrong one. */

import { useState } from "preact/hooks";

import { keepToken } from "../api/token";
import { text } from "../i18n/text";
import { Dialog } from "./Dialog";

export function TokenDialog() {
  const [token, setToken] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    keepToken(token.trim(), sessionStorage);
    location.reload();
  };
  const onInput = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) setToken(event.target.value);
  };
  return (
    <Dialog title={text("token.title")}>
      <p>{text("token.about")}</p>
      <form class="class-add" onSubmit={enter}>
        <input
          type="password"
          data-testid="token"
          autocomplete="off"
          aria-label={text("token.label")}
          value={token}
          onInput={onInput}
        />
        <button type="submit" class="primary" disabled={token.trim() === ""}>
          {text("token.enter")}
        </button>
      </form>
    </Dialog>
  );
}
