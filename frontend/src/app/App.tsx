/** The page. */

import { ClassesDialog } from "./ClassesDialog";
import { ExportDialog } from "./ExportDialog";
import { Footer } from "./Footer";
import { ImportDialog } from "./ImportDialog";
import { SettingsDialog } from "./SettingsDialog";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { SidePanel } from "./SidePanel";
import { Stage } from "./Stage";
import { announcement, arePanelsHidden, dialog, state } from "./store";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";

const DIALOGS = {
  shortcuts: ShortcutsDialog,
  export: ExportDialog,
  import: ImportDialog,
  settings: SettingsDialog,
  classes: ClassesDialog,
};

export function App() {
  const isBare = arePanelsHidden.value || state.value.image === null;
  const Open = dialog.value === null ? null : DIALOGS[dialog.value];
  return (
    <div class={`page ${isBare ? "bare" : ""}`}>
      <TopBar />
      <Stage />
      {!isBare && <SidePanel />}
      <Footer />
      <Toasts />
      <p class="unseen" role="status" aria-live="polite" data-testid="live-region">
        {announcement.value}
      </p>
      {Open !== null && <Open />}
    </div>
  );
}
