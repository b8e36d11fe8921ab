/** What the user has chosen for good, kept in the browser. */

export type Theme = "auto" | "dark" | "light";
export type HintName = "click" | "negative" | "finish";

export interface Settings {
  readonly theme: Theme;
  readonly hasLetterKeys: boolean;
  readonly colourMap: "viridis" | "cividis";
  /** Hints that have done their work. */
  readonly doneHints: readonly HintName[];
}

const KEY = "gpcis.settings";
const THEME_KEY = "gpcis.theme"; // read alone by public/theme.js, before the first paint
const THEMES: readonly Theme[] = ["auto", "dark", "light"];

export const FIRST_SETTINGS: Settings = {
  theme: "auto",
  hasLetterKeys: true,
  colourMap: "viridis",
  doneHints: [],
};

/** What `storage` remembers; whatever is missing or damaged is as at first. */
export function loadSettings(storage: Storage): Settings {
  const theme = THEMES.find((one) => one === storage.getItem(THEME_KEY)) ?? "auto";
  return { ...FIRST_SETTINGS, ...parsed(storage.getItem(KEY)), theme };
}

export function keepSettings(settings: Settings, storage: Storage): void {
  const { theme, ...rest } = settings;
  try {
    storage.setItem(THEME_KEY, theme);
    storage.setItem(KEY, JSON.stringify(rest));
  } catch {
    return; // full or switched off: the choice lasts until the page is closed
  }
}

/** Show the page in `theme`; "auto" leaves it to the system. */
export function wearTheme(theme: Theme, root: HTMLElement): void {
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}

export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
}

export function withHintDone(settings: Settings, hint: HintName): Settings {
  if (settings.doneHints.includes(hint)) return settings;
  return { ...settings, doneHints: [...settings.doneHints, hint] };
}

function parsed(text: string | null): Partial<Settings> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const { hasLetterKeys, colourMap, doneHints } = value as Partial<Settings>;
    return {
      ...(typeof hasLetterKeys === "boolean" ? { hasLetterKeys } : {}),
      ...(colourMap === "cividis" || colourMap === "viridis" ? { colourMap } : {}),
      ...(Array.isArray(doneHints) ? { doneHints: doneHints.map(String) as HintName[] } : {}),
    };
  } catch {
    return {};
  }
}
