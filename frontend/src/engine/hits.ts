/** What lies under the pointer: a dot, or an object. */

import { toView } from "./geometry";
import { contains } from "./runs";
import type { Dot, ImagePoint, PaintedObject, ViewPoint, Viewport } from "./types";

const REACH = 9; // CSS pixels around a dot's centre: the dot and its rims

/** The nearest dot that the point touches; of equally near ones the newest. */
export function dotAt(
  dots: readonly Dot[],
  point: ViewPoint,
  viewport: Viewport,
  reach = REACH,
): string | null {
  let nearest: { id: string; distance: number } | null = null;
  for (const dot of dots) {
    const place = toView(dot, viewport);
    const distance = Math.hypot(place.x - point.x, place.y - point.y);
    if (distance <= reach && distance <= (nearest?.distance ?? reach)) {
      nearest = { id: dot.id, distance };
    }
  }
  return nearest?.id ?? null;
}

/** The topmost object, the last of the list, that covers the point. */
export function objectAt(objects: readonly PaintedObject[], point: ImagePoint): string | null {
  const found = objects.findLast(({ mask }) => contains(mask, point.x, point.y));
  return found?.id ?? null;
}
