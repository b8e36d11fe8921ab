/** What an edit comes to: a changed work, a refusal in one word, or nothing. */

import type { Notice, State, View, Work } from "./state";

export type Outcome =
  | { readonly kind: "unchanged" }
  | { readonly kind: "refused"; readonly code: Notice["code"] }
  | {
      readonly kind: "changed";
      readonly work: Work;
      readonly counters?: State["counters"];
      readonly view?: Partial<View>;
    };

export const UNCHANGED: Outcome = { kind: "unchanged" };

export function refused(code: Notice["code"]): Outcome {
  return { kind: "refused", code };
}

export function changed(
  work: Work,
  rest: { readonly counters?: State["counters"]; readonly view?: Partial<View> } = {},
): Outcome {
  return { kind: "changed", work, ...rest };
}
