/** Everything at the right of the stage. */

import { text } from "../i18n/text";
import { ClassList } from "./ClassList";
import { ClickList } from "./ClickList";
import { Controls } from "./Controls";
import { ObjectList } from "./ObjectList";

export function SidePanel() {
  return (
    <aside class="side" aria-label={text("side.name")}>
      <ClassList />
      <ObjectList />
      <ClickList />
      <Controls />
    </aside>
  );
}
