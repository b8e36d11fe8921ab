/** What to do when the server has no model to answer clicks with. */

import { text } from "../i18n/text";
import { health } from "./store";

export function ModelMissing() {
  const { value } = health;
  if (value?.status !== "no_model") return null;
  const { reason, path, fix } = value.model;
  const rows = [
    { term: text("missing.path"), code: path },
    { term: text("missing.fix"), code: fix },
  ];
  return (
    <section class="model-missing" data-testid="model-missing" role="alert">
      <h2>{text("missing.title")}</h2>
      <p>{reason}</p>
      <dl>
        {rows.map(
          ({ term, code }) =>
            code !== undefined && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>
                  <code>{code}</code>
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
