/** The time, for components that count. */

import { useEffect, useState } from "preact/hooks";

/** Milliseconds of `performance.now`, renewed every `stepMs`. */
export function useNow(stepMs: number): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return now;
}
