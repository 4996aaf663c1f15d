/** Chromium, and what a page costs in it: frames, script, memory, bytes. Tests use it too. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

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
/** A frame that comes later than this was dropped: half a frame late at 60 a second. */
const DROPPED_FRAME_MS = 25;

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
  throw new Error('There is no browser: install chromium (apt-get install chromium), or name one in CHROMIUM.');
}

/** Starts the Chromium of this machine, without a window. @throws Error that says what to install when there is none */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
}

/** What a page cost over a while. */
export interface RenderingCost {
  readonly framesPerSecond: number;
  readonly droppedFrames: number;
  readonly longestFrameMs: number;
  /** Milliseconds of its main thread in a second: of script, and of all that it did. */
  readonly scriptMsPerSecond: number;
  readonly mainThreadMsPerSecond: number;
  readonly heapBytes: number;
}

/** Watches a page draw for a while: it is asked for every frame that it can make. */
export async function measureRendering(page: Page, durationMs: number): Promise<RenderingCost> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const read = async (): Promise<(name: string) => number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    const values = new Map(metrics.map(({ name, value }) => [name, value]));
    return (name) => values.get(name) ?? Number.NaN;
  };
  const before = await read();
  const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
    const frames = [];
    const end = performance.now() + ${durationMs};
    const draw = (now) => (frames.push(now) && now < end ? requestAnimationFrame(draw) : resolve(frames));
    requestAnimationFrame(draw);
  })`);
  const after = await read();
  await session.detach();
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
  const perSecond = (name: string): number =>
    ((after(name) - before(name)) * 1_000) / (after('Timestamp') - before('Timestamp'));
  return {
    framesPerSecond: (gaps.length * 1_000) / ((frames.at(-1) ?? 0) - (frames[0] ?? 0)),
    droppedFrames: gaps.filter((gap) => gap > DROPPED_FRAME_MS).length,
    longestFrameMs: Math.max(...gaps),
    scriptMsPerSecond: perSecond('ScriptDuration'),
    mainThreadMsPerSecond: perSecond('TaskDuration'),
    heapBytes: after('JSHeapUsedSize'),
  };
}

/** Bytes that came over the wire for a page: for itself, and for what it reads. Call it before the page is opened. */
export async function countTransferredBytes(page: Page): Promise<{ files: number; numbers: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const bytes = { files: 0, numbers: 0 };
  const fetchRequests = new Set<string>();
  session.on('Network.requestWillBeSent', ({ requestId, type }) => type === 'Fetch' && fetchRequests.add(requestId));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes[fetchRequests.has(requestId) ? 'numbers' : 'files'] += encodedDataLength;
  });
  return bytes;
}
