/** Starts the page: joins state, server and stage. */

import { render } from "preact";
import { App } from "./app/App";
import { addFiles } from "./app/adding";
import { followWishes } from "./app/asking";
import { exposeState } from "./app/debug";
import { followDoubt } from "./app/doubting";
import { report } from "./app/failures";
import { followFocus } from "./app/focus";
import { followPulse } from "./app/frame";
import { followKeys } from "./app/keys";
import { loadImages } from "./app/opening";
import { readClasses } from "./app/project";
import { watchHealth } from "./app/server";
import { loadSettings, wearTheme } from "./app/settings";
import { isDragging, settings } from "./app/store";
import { followState } from "./app/watching";
import { followChanges, isAnythingUnsaved, saveNow } from "./app/work";
import catalog from "./i18n/en.json?url";
import { type Catalog, learn } from "./i18n/text";
import "./styles/tokens.css";
import "./styles/app.css";
import "./styles/panel.css";
import "./styles/stage.css";
import "./styles/pages.css";
import "./styles/needs.css";

function followFiles(): void {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void addFiles(files);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    isDragging.value = true;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) isDragging.value = false;
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    isDragging.value = false;
    void addFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

function followLeaving(): void {
  window.addEventListener("beforeunload", (event) => {
    if (isAnythingUnsaved()) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveNow();
  });
}

/** A token that is pasted into the address later on; the page itself changes no hash. */
function followAddress(): void {
  window.addEventListener("hashchange", () => location.reload());
}

function start(): void {
  settings.value = loadSettings(localStorage);
  wearTheme(settings.value.theme, document.documentElement);
  exposeState(location.search);
  followChanges();
  followWishes();
  followDoubt();
  followPulse();
  followState();
  followKeys(window);
  followFiles();
  followLeaving();
  followAddress();
  const root = document.getElementById("page");
  if (root !== null) {
    followFocus(root);
    render(<App />, root);
  }
  void watchHealth().catch(report);
  void readClasses().catch(report);
  void loadImages().catch(report);
}

// The strings lie in a file of their own: one for each language.
fetch(catalog)
  .then((response) => response.json() as Promise<Catalog>)
  .then((words) => {
    learn(words);
    start();
  })
  .catch(() => document.getElementById("unloaded")?.removeAttribute("hidden"));
