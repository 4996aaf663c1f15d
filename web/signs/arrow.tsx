/** The direction of a difference. */
import type { JSX } from 'preact';

const PATHS = { up: 'M5 .8 9.8 9.2H.2z', down: 'M5 9.2.2.8h9.6z', same: 'M0 3.1h10v1.4H0zM0 6h10v1.4H0z' } as const;

export function Arrow({ way }: { readonly way: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="arrow" viewBox="0 0 10 10" aria-hidden="true">
      <path d={PATHS[way]} />
    </svg>
  );
}
