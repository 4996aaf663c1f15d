/** For wall screens: keeps the screen awake, where the browser allows. */

/** @returns what lets the screen sleep again */
export function keepAwake(): () => void {
  const ending = new AbortController();
  let lock: WakeLockSentinel | undefined;
  const ask = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || ending.signal.aborted) return;
    // Refused on pages that came over plain HTTP, or when the battery is low: then the screen's own settings decide.
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
    if (ending.signal.aborted) await lock?.release();
  };
  // The browser lets go of it whenever the page is out of sight.
  document.addEventListener('visibilitychange', () => void ask(), { signal: ending.signal });
  void ask();
  return () => {
    ending.abort();
    void lock?.release();
  };
}
