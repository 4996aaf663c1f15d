/** Measures the cost of a page in Chromium: frame rate, main-thread time, heap and transferred bytes. */
import type { Page } from 'playwright-core';

/** A gap longer than this counts as a dropped frame: one and a half frames at 60 per second. */
const DROPPED_FRAME_MS = 25;

/** Cost of a page over a period. */
export interface RenderingCost {
  readonly framesPerSecond: number;
  readonly droppedFrames: number;
  readonly longestFrameMs: number;
  /** Script on the main thread, milliseconds per second. */
  readonly scriptMsPerSecond: number;
  /** Tasks of the main thread, script included, milliseconds per second. */
  readonly mainThreadMsPerSecond: number;
  readonly heapBytes: number;
}

/** Measures a page that requests animation frames continuously. */
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

/**
 * Counts the bytes transferred for a page: its files, and the data that it fetches. Call it before the page is opened.
 */
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

/** Cost of a page that is left alone, and how much it has grown. */
export interface Upkeep {
  /** CPU time of the main thread, milliseconds per second. */
  readonly mainThreadMsPerSecond: number;
  readonly heapGrowthBytes: number;
  readonly nodeGrowth: number;
}

/** Measures a page without asking it for frames. Heap and nodes are read after a collection of garbage. */
export async function measureUpkeep(page: Page, durationMs: number): Promise<Upkeep> {
  const session = await page.context().newCDPSession(page);
  // CPU time: wall-clock time would count what other processes of the machine do.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async (): Promise<(name: string) => number> => {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const values = new Map(metrics.map(({ name, value }) => [name, value]));
    return (name) => values.get(name) ?? Number.NaN;
  };
  const before = await read();
  await page.waitForTimeout(durationMs);
  const after = await read();
  await session.detach();
  return {
    mainThreadMsPerSecond: ((after('TaskDuration') - before('TaskDuration')) * 1_000_000) / durationMs,
    heapGrowthBytes: after('JSHeapUsedSize') - before('JSHeapUsedSize'),
    nodeGrowth: after('Nodes') - before('Nodes'),
  };
}
