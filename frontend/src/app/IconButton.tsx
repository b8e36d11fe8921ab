/**
 * A button that shows a sign; its name and key are said and shown on hover.  One that
 * cannot act keeps the focus: Undo does not throw it away with the last step.
 */

import { Icon, type IconName } from "./icons";

export interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly keys?: string;
  readonly testId?: string;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  readonly class?: string;
  readonly onClick: () => void;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, keys, testId, isPressed, isDisabled = false, onClick } = props;
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-label={label}
      data-testid={testId}
      aria-pressed={isPressed}
      aria-disabled={isDisabled}
      onClick={isDisabled ? undefined : onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
