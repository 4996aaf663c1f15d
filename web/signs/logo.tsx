/** The product's logo, four strokes and one across, or that of the installation. */
import type { JSX } from 'preact';

/** @param src address of the installation's own logo */
export function Logo({ src }: { readonly src?: string | undefined }): JSX.Element {
  if (src !== undefined) return <img class="logo" src={src} alt="" />;
  return (
    <svg class="logo" viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="7" fill="currentColor" />
      <path
        d="M8 8v12M12 8v12M16 8v12M20 8v12M5.5 17.25 22.5 10.75"
        stroke="var(--surface)"
        stroke-width="1.9"
        stroke-linecap="round"
        fill="none"
      />
    </svg>
  );
}
