/** The setting that has changes read aloud: off unless the reader has switched it on, in this browser. */
import { effect, signal } from '@preact/signals';

const KEY = 'tallyboard reads changes aloud';

export const isReadAloud = signal(readSetting());
effect(() => writeSetting(isReadAloud.value));

function readSetting(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

/** Without storage the setting lasts until the page is closed. */
function writeSetting(isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(KEY, 'on');
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden.
  }
}
