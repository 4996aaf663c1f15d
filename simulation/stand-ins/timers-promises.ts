/** Stands in for `node:timers/promises`. */
import { setVirtualImmediate, setVirtualTimeout } from '../world/virtual-timers.js';

interface DelayOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

export function setTimeout<T>(delayMs?: number, value?: T, { signal }: DelayOptions = {}): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const refuse = (): void => reject(new DOMException('The operation was aborted', 'AbortError'));
    if (signal?.aborted) return refuse();
    const abort = (): void => {
      timer.stop();
      refuse();
    };
    const timer = setVirtualTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, delayMs);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export function setImmediate<T>(value?: T): Promise<T | undefined> {
  return new Promise((resolve) => setVirtualImmediate(() => resolve(value)));
}
