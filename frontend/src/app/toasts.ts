/** The messages in the corner, as data: at most three, one per code with a counter. */

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Toast {
  readonly code: string;
  /** Errors stay until they are closed; news goes by itself. */
  readonly tone: "error" | "news";
  readonly text: string;
  /** What "Copy details" copies; null where there is nothing to copy. */
  readonly details: string | null;
  readonly action: ToastAction | null;
}

export interface ShownToast extends Toast {
  readonly count: number;
}

const MOST = 3;

/** `toasts` with one more; the same code counts up instead, the oldest gives way. */
export function withToast(toasts: readonly ShownToast[], toast: Toast): readonly ShownToast[] {
  const known = toasts.find((other) => other.code === toast.code);
  const others = toasts.filter((other) => other !== known);
  return [...others, { ...toast, count: (known?.count ?? 0) + 1 }].slice(-MOST);
}

export function withoutToast(toasts: readonly ShownToast[], code: string): readonly ShownToast[] {
  return toasts.filter((toast) => toast.code !== code);
}
