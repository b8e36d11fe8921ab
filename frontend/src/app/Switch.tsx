/** A box to tick, with its words. */

import { typed } from "./typed";

export interface SwitchProps {
  readonly testId: string;
  readonly label: string;
  readonly keys?: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function Switch({ testId, label, keys, isOn, isDisabled = false, onChange }: SwitchProps) {
  return (
    <label class="switch" title={keys === undefined ? undefined : `${label} (${keys})`}>
      <input
        type="checkbox"
        data-testid={testId}
        checked={isOn}
        disabled={isDisabled}
        onChange={typed(({ checked }) => onChange(checked))}
      />
      <span>{label}</span>
    </label>
  );
}
