/** What the user may choose for good. */

import { text } from "../i18n/text";
import { Dialog } from "./Dialog";
import { changeSettings } from "./looks";
import { Radios } from "./Radios";
import { Switch } from "./Switch";
import type { Theme } from "./settings";
import { settings } from "./store";

const THEMES: readonly Theme[] = ["auto", "dark", "light"];
const MAPS = ["viridis", "cividis"] as const;

export function SettingsDialog() {
  const { theme, hasLetterKeys, colourMap } = settings.value;
  return (
    <Dialog title={text("settings.title")}>
      <Radios
        legend={text("settings.theme")}
        stem="theme"
        options={THEMES.map((value) => ({ value, label: text(`theme.${value}`) }))}
        value={theme}
        onChange={(chosen) => changeSettings({ theme: chosen })}
      />
      <Radios
        legend={text("settings.colours")}
        stem="map"
        options={MAPS.map((value) => ({ value, label: value }))}
        value={colourMap}
        onChange={(chosen) => changeSettings({ colourMap: chosen })}
      />
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
