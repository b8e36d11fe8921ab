/** The mask maths that the reducer needs; the engine brings it (the state imports types). */

import type { MaskRuns, Size } from "../engine/types";

export interface Masks {
  /** `mask` without the pixels of `others`. */
  subtract(mask: MaskRuns, others: readonly MaskRuns[], size: Size): MaskRuns;
  area(mask: MaskRuns): number;
  contains(mask: MaskRuns, x: number, y: number): boolean;
}
