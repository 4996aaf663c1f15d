/** Keeps wall screens awake if the browser allows it. */

/** @returns a function that lets the screen sleep again */
export function keepScreenAwake(): () => void {
  const controller = new AbortController();
  let lock: WakeLockSentinel | undefined;
  const requestLock = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || controller.signal.aborted) return;
    // Refused on pages loaded over plain HTTP, or if the battery is low. The system's settings apply then.
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
    if (controller.signal.aborted) await lock?.release();
  };
  // The browser releases the lock whenever the page is hidden.
  document.addEventListener('visibilitychange', () => void requestLock(), { signal: controller.signal });
  void requestLock();
  return () => {
    controller.abort();
    void lock?.release();
  };
}
