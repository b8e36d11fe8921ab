/** What to do when the server has no model to answer clicks with. */

import { text } from "../i18n/text";
import { health } from "./store";

const DEMO = "gpcis serve --model colour";

export function ModelMissing() {
  const { value } = health;
  if (value?.status !== "no_model") return null;
  const { reason, path, fix } = value.model;
  return (
    <section class="model-missing" data-testid="model-missing" role="alert">
      <h2>{text("missing.title")}</h2>
      {reason !== null && <p>{reason}</p>}
      <dl>
        {path !== undefined && (
          <>
            <dt>{text("missing.path")}</dt>
            <dd>
              <code>{path}</code>
            </dd>
          </>
        )}
        {fix !== undefined && (
          <>
            <dt>{text("missing.fix")}</dt>
            <dd>
              <code>{fix}</code>
            </dd>
          </>
        )}
        <dt>{text("missing.demo")}</dt>
        <dd>
          <code>{DEMO}</code>
        </dd>
      </dl>
    </section>
  );
}
