/** The focus is never lost: when its element goes, the canvas takes it. */

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
