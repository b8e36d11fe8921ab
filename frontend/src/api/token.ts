/** The token comes in the address's fragment, and must not stay there. */

const KEY = "gpcis.token";

export interface Place {
  readonly hash: string;
  readonly pathname: string;
  readonly search: string;
}

/**
 * The token of this tab: from `#token=` if it is there, which then leaves the
 * address bar; else what the tab remembers.
 */
export function takeToken(
  place: Place,
  storage: Storage,
  replace: (url: string) => void,
): string | null {
  const given = new URLSearchParams(place.hash.slice(1)).get("token");
  if (given === null) return storage.getItem(KEY);
  storage.setItem(KEY, given);
  replace(place.pathname + place.search);
  return given;
}
