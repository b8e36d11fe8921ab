/** A listener that hands its field to `act`. */
export function typed(act: (field: HTMLInputElement) => void): (event: Event) => void {
  return ({ target }) => {
    if (target instanceof HTMLInputElement) act(target);
  };
}
