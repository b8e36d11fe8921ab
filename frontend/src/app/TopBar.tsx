/** The line at the top: which image, whether it is saved, which model, the page's own buttons. */

import { text } from "../i18n/text";
import { chooseFiles } from "./adding";
import { IconButton } from "./IconButton";
import type { IconName } from "./icons";
import { openDialog, switchTheme } from "./looks";
import { goHome, openNeighbour } from "./opening";
import { SavePill } from "./SavePill";
import { health, imageIndex, images, settings, state } from "./store";

const THEME_ICONS = { auto: "auto", dark: "moon", light: "sun" } as const satisfies Record<
  string,
  IconName
>;

/** At the end of a model's id: which weights, in full detail for the title only. */
const DIGEST = /-[0-9a-f]{8,}$/;

export function TopBar() {
  const { theme } = settings.value;
  const hasImage = state.value.image !== null;
  const themeLabel = text("top.theme", { theme: text(`theme.${theme}`) });
  return (
    <header class="top">
      <button type="button" class="brand" title={text("top.home")} onClick={goHome}>
        {text("app.name")}
      </button>
      <ImageName />
      <SavePill />
      <span class="spacer" />
      <ModelName />
      <div class="top-buttons">
        <IconButton icon="picture" label={text("top.add")} testId="add" onClick={chooseFiles} />
        <IconButton
          icon={THEME_ICONS[theme]}
          label={themeLabel}
          testId="theme"
          onClick={switchTheme}
        />
        <IconButton
          icon="help"
          label={text("top.keys")}
          keys="?"
          testId="shortcuts"
          onClick={() => openDialog("shortcuts")}
        />
        <IconButton
          icon="gear"
          label={text("top.settings")}
          testId="settings"
          onClick={() => openDialog("settings")}
        />
        <IconButton
          icon="upload"
          label={text("top.import")}
          testId="import"
          isDisabled={!hasImage}
          onClick={() => openDialog("import")}
        />
        <button
          type="button"
          class="primary export"
          data-testid="export"
          title={`${text("top.export")} (Ctrl+E)`}
          disabled={images.value.length === 0}
          onClick={() => openDialog("export")}
        >
          {text("top.export")}
        </button>
      </div>
    </header>
  );
}

function ImageName() {
  const index = imageIndex.value;
  const item = images.value[index];
  if (!item) return null;
  const count = images.value.length;
  return (
    <nav class="image-nav" aria-label={text("top.images")}>
      <IconButton
        icon="previous"
        label={text("top.previous")}
        keys="A"
        testId="image-prev"
        isDisabled={index <= 0}
        onClick={() => openNeighbour(-1)}
      />
      <span class="image-count">{text("top.place", { place: index + 1, count })}</span>
      <IconButton
        icon="next"
        label={text("top.next")}
        keys="D"
        testId="image-next"
        isDisabled={index + 1 >= count}
        onClick={() => openNeighbour(1)}
      />
      <h1 class="image-name" data-testid="image-name" title={item.name}>
        {item.name}
      </h1>
      {state.value.status === "done" && <span class="done">{text("top.done")}</span>}
    </nav>
  );
}

function ModelName() {
  const { value } = health;
  if (value === null) return null;
  const { model, status } = value;
  if (status === "loading") return <span class="model">{text("model.loading")}</span>;
  if (!model.ready) return <span class="model">{text("model.none")}</span>;
  return (
    <span class="model" data-testid="model" title={model.id ?? ""}>
      {text("model.name", { name: (model.id ?? "").replace(DIGEST, "") })}{" "}
      <span class="device">{model.device}</span>
    </span>
  );
}
