/**
 * Signs that a connection may have died unnoticed: the network went away or came back, the page was hidden, frozen or
 * cached, or the machine slept. No packet tells of any of them, and timers stand still while a machine sleeps.
 */

/** Interval at which the clock is compared, milliseconds. */
const CHECK_INTERVAL_MS = 5_000;
/** A check that is late by more than this means that the machine slept or the page was frozen, milliseconds. */
const MAX_LATENESS_MS = 5_000;

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface BrowserGlobals extends Partial<EventSource> {
  readonly document?: EventSource & { readonly hidden: boolean };
}

/**
 * Listens for these signs until the returned function is called. Node has no such events: there, only a late check
 * gives a sign.
 * @param onLost called when the network is gone
 * @param onWake called when network, page or machine are back
 */
export function listenForWakeSignals(onLost: () => void, onWake: () => void): () => void {
  const globals = globalThis as BrowserGlobals;
  const { document } = globals;
  const onVisibilityChange = (): void => {
    if (!document?.hidden) onWake();
  };
  const listeners = { offline: onLost, online: onWake, pageshow: onWake };
  for (const [type, listener] of Object.entries(listeners)) globals.addEventListener?.(type, listener);
  document?.addEventListener('visibilitychange', onVisibilityChange);
  let checkedAt = Date.now();
  const checkTimer = setInterval(() => {
    const lateMs = Date.now() - checkedAt - CHECK_INTERVAL_MS;
    checkedAt = Date.now();
    if (lateMs > MAX_LATENESS_MS) onWake();
  }, CHECK_INTERVAL_MS);
  return () => {
    for (const [type, listener] of Object.entries(listeners)) globals.removeEventListener?.(type, listener);
    document?.removeEventListener('visibilitychange', onVisibilityChange);
    clearInterval(checkTimer);
  };
}
