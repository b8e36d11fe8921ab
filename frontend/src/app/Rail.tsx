/** The tools at the left: sign of the next click, panning, zoom. */

import { text } from "../i18n/text";
import { IconButton } from "./IconButton";
import { fitImage, pickSign, showPixels, togglePan } from "./looks";
import { isPanTool, state } from "./store";

export function Rail() {
  const { sign } = state.value.view;
  const isPan = isPanTool.value;
  const isEmpty = state.value.image === null;
  return (
    <div class="rail" role="toolbar" aria-label={text("rail.name")} aria-orientation="vertical">
      <IconButton
        class="positive"
        icon="plus"
        label={text("rail.positive")}
        keys="X"
        testId="tool-positive"
        isPressed={!isPan && sign > 0}
        onClick={() => pickSign(1)}
      />
      <IconButton
        class="negative"
        icon="minus"
        label={text("rail.negative")}
        keys="X"
        testId="tool-negative"
        isPressed={!isPan && sign < 0}
        onClick={() => pickSign(-1)}
      />
      <IconButton
        icon="hand"
        label={text("rail.pan")}
        keys="Space"
        testId="tool-pan"
        isPressed={isPan}
        onClick={togglePan}
      />
      <IconButton
        icon="fit"
        label={text("rail.fit")}
        keys="F"
        testId="tool-fit"
        isDisabled={isEmpty}
        onClick={fitImage}
      />
      <button
        type="button"
        class="icon-button full-size"
        title={`${text("rail.full")} (Z)`}
        aria-label={text("rail.full")}
        data-testid="tool-100"
        disabled={isEmpty}
        onClick={showPixels}
      >
        100
      </button>
    </div>
  );
}
