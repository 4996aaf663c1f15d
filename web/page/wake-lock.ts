/** For wall screens: keeps the screen awake, where the browser allows. */

/** @returns what lets the screen sleep again */
export function keepScreenAwake(): () => void {
  const controller = new AbortController();
  let lock: WakeLockSentinel | undefined;
  const requestLock = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || controller.signal.aborted) return;
    // Refused on pages that came over plain HTTP, or when the battery is low: then the screen's own settings decide.
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
    if (controller.signal.aborted) await lock?.release();
  };
  // The browser lets go of it whenever the page is out of sight.
  document.addEventListener('visibilitychange', () => void requestLock(), { signal: controller.signal });
  void requestLock();
  return () => {
    controller.abort();
    void lock?.release();
  };
}
