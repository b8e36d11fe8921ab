/** The focus is never lost: where it was before, or the canvas, takes it. */

/** Undo a borrowing of the focus, unless it is elsewhere by now: effects end late. */
export function giveBack(before: Element | null, borrower: Element | null): void {
  const at = document.activeElement;
  const isLost = at === document.body || borrower?.contains(at);
  if (isLost && before instanceof HTMLElement && before.isConnected) before.focus();
}

/** Watch `root` from now on. */
export function followFocus(root: HTMLElement): void {
  let last: Element | null = null;
  root.addEventListener("focusin", ({ target }) => {
    last = target instanceof Element ? target : null;
  });
  const observer = new MutationObserver(() => {
    if (last === null || last.isConnected || document.activeElement !== document.body) return;
    root.querySelector<HTMLElement>("canvas:not([hidden])")?.focus();
  });
  const attributeFilter = ["hidden"]; // the canvas appears with an image
  observer.observe(root, { childList: true, subtree: true, attributeFilter });
}
