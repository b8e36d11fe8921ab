/** The buttons below a dialog: give up, or do it. */

import { text } from "../i18n/text";
import { closeDialog } from "./Dialog";

export interface DialogActionsProps {
  readonly label: string;
  readonly testId: string;
  readonly isDisabled?: boolean;
  readonly onCancel?: () => void;
  readonly onClick: () => Promise<void>;
}

export function DialogActions(props: DialogActionsProps) {
  const { label, testId, isDisabled = false, onCancel = closeDialog, onClick } = props;
  return (
    <div class="dialog-actions">
      <button type="button" onClick={onCancel}>
        {text("action.cancel")}
      </button>
      <button
        type="button"
        class="primary"
        data-testid={testId}
        disabled={isDisabled}
        onClick={() => void onClick()}
      >
        {label}
      </button>
    </div>
  );
}
