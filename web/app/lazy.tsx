/** A part of the page whose code is loaded when it is first shown. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../words/locale.js';

interface LazyProps<P> {
  /** The same function each time. */
  readonly load: () => Promise<ComponentType<P>>;
  readonly props: P;
  /** Keeps the place until the part is there. */
  readonly placeholder?: JSX.Element;
}

/** Fails without the network, and after an update of the service: then a reload helps. */
export function Lazy<P extends object>({ load, props, placeholder }: LazyProps<P>): JSX.Element | null {
  const [Part, setPart] = useState<ComponentType<P>>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    load().then(
      (part) => setPart(() => part),
      (reason: unknown) => setError(reason),
    );
  }, [load]);
  if (error !== undefined) {
    return (
      <p class="hint" role="alert">
        {words.value.board.partMissing}{' '}
        <button type="button" class="button" onClick={() => location.reload()}>
          {words.value.board.reload}
        </button>
      </p>
    );
  }
  return Part ? <Part {...props} /> : (placeholder ?? null);
}
