/** What the user may choose for good. */

import { text } from "../i18n/text";
import { Switch } from "./Controls";
import { Dialog } from "./Dialog";
import { changeSettings } from "./looks";
import type { Theme } from "./settings";
import { settings } from "./store";

const THEMES: readonly Theme[] = ["auto", "dark", "light"];
const MAPS = ["viridis", "cividis"] as const;

export function SettingsDialog() {
  const { theme, hasLetterKeys, colourMap } = settings.value;
  return (
    <Dialog title={text("settings.title")}>
      <fieldset class="row-choices">
        <legend>{text("settings.theme")}</legend>
        {THEMES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="theme"
              data-testid={`theme-${one}`}
              checked={one === theme}
              onChange={() => changeSettings({ theme: one })}
            />
            {text(`theme.${one}`)}
          </label>
        ))}
      </fieldset>
      <fieldset class="row-choices">
        <legend>{text("settings.colours")}</legend>
        {MAPS.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="map"
              checked={one === colourMap}
              onChange={() => changeSettings({ colourMap: one })}
            />
            {one}
          </label>
        ))}
      </fieldset>
      <Switch
        testId="letter-keys"
        label={text("settings.letters")}
        isOn={hasLetterKeys}
        onChange={(isOn) => changeSettings({ hasLetterKeys: isOn })}
      />
      <p class="quiet-text">{text("settings.letters.about")}</p>
    </Dialog>
  );
}
