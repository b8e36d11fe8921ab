/** The sheet of keys and gestures. */

import { type Binding, type Group, KEYS } from "../engine/keymap";
import { text } from "../i18n/text";
import { Dialog } from "./Dialog";

const GROUPS: readonly Group[] = ["clicks", "objects", "images", "view", "page"];
const GESTURES = ["click", "negative", "drag", "double", "pan", "wheel", "object"] as const;

export function ShortcutsDialog() {
  return (
    <Dialog title={text("keys.title")} isWide>
      <div class="key-groups">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{text(`keys.${group}`)}</h3>
            <dl>
              {rowsOf(group).map(({ label, keys }) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{text("keys.gestures")}</h3>
          <ul>
            {GESTURES.map((name) => (
              <li key={name}>{text(`gesture.${name}`)}</li>
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

interface Row {
  readonly label: string;
  readonly keys: readonly string[];
}

/** One row an action, with all its keys. */
function rowsOf(group: Group): readonly Row[] {
  const rows = new Map<string, readonly string[]>();
  for (const binding of KEYS) {
    if (binding.group !== group) continue;
    const label = text(`action.${binding.action}`);
    rows.set(label, [...(rows.get(label) ?? []), ...shownKeys(binding)]);
  }
  return [...rows].map(([label, keys]) => ({ label, keys }));
}

/** Nine class keys are shown as one range; arrows as arrows. */
function shownKeys({ action, keys, value }: Binding): readonly string[] {
  if (action === "class") return value === 1 ? [text("keys.digits")] : [];
  return keys.map((key) =>
    key
      .replace("ArrowLeft", "←")
      .replace("ArrowRight", "→")
      .replace("ArrowUp", "↑")
      .replace("ArrowDown", "↓"),
  );
}
