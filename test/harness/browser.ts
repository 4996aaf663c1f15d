/** Finds and launches the Chromium installed on this machine. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const PROGRAM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHROMIUM_FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--no-proxy-server',
];
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = PROGRAM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const executable = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', ...paths].find(isExecutable);
  if (executable) return executable;
  throw new Error('no Chromium found: install it (apt-get install chromium), or set CHROMIUM to the path of one');
}

/** Launches Chromium headless. @throws Error with installation instructions if none is found */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
}
