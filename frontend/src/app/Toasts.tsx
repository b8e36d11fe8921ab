/** The messages in the corner. */

import { useEffect } from "preact/hooks";

import { text } from "../i18n/text";
import { report } from "./failures";
import { IconButton } from "./IconButton";
import { toasts, untell } from "./store";
import type { ShownToast } from "./toasts";

const NEWS_MS = 8000;

export function Toasts() {
  return (
    <div class="toasts">
      {toasts.value.map((toast) => (
        <ToastCard key={toast.code} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { readonly toast: ShownToast }) {
  const { code, tone, count } = toast;
  const close = (): void => untell(code);
  useEffect(() => {
    if (tone === "error") return undefined;
    const timer = setTimeout(close, NEWS_MS);
    return () => clearTimeout(timer);
  }, [code, tone, count]);
  return (
    <div class={`toast ${tone}`} data-testid="toast" data-code={code}>
      <p role={tone === "error" ? "alert" : "status"}>
        {toast.text}
        {count > 1 && <span class="count"> {text("toast.count", { count })}</span>}
      </p>
      <div class="toast-actions">
        <ToastButtons toast={toast} />
        <IconButton icon="close" label={text("action.close")} onClick={close} />
      </div>
    </div>
  );
}

function ToastButtons({ toast: { code, action, details } }: { readonly toast: ShownToast }) {
  const act = (): void => {
    untell(code);
    action?.run();
  };
  const copy = (): void => void navigator.clipboard.writeText(details ?? "").catch(report);
  const canCopy = details !== null && "clipboard" in navigator;
  return (
    <>
      {action !== null && (
        <button type="button" onClick={act}>
          {action.label}
        </button>
      )}
      {canCopy && (
        <button type="button" class="quiet" onClick={copy}>
          {text("action.copy")}
        </button>
      )}
    </>
  );
}
