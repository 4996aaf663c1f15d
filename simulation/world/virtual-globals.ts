/** Replaces what is global in JavaScript and leads to the real world: time, timers, chance and the network. */
import { findWorld, getWorld } from './world.js';
import { clearVirtualTimer, setVirtualImmediate, setVirtualInterval, setVirtualTimeout } from './virtual-timers.js';

/** Sends requests of the process that runs. Set by the network. */
type Fetch = (url: URL | string, init?: RequestInit) => Promise<unknown>;
let sendRequest: Fetch | undefined;

export function setFetch(fetch: Fetch | undefined): void {
  sendRequest = fetch;
}

const RealDate = Date;
const realNow = Date.now;

class VirtualDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(VirtualDate.now());
    else super(...(args as [number]));
  }

  static override now(): number {
    return findWorld()?.wallMs() ?? realNow();
  }
}

/** Replaces the globals for good. What the simulation itself needs of the real world it has taken before. */
export function installVirtualGlobals(): void {
  const realPerformanceNow = performance.now.bind(performance);
  const realRandom = Math.random;
  Object.assign(globalThis, {
    Date: VirtualDate,
    setTimeout: setVirtualTimeout,
    setInterval: setVirtualInterval,
    setImmediate: setVirtualImmediate,
    clearTimeout: clearVirtualTimer,
    clearInterval: clearVirtualTimer,
    // Node 22 has one. Clients get a virtual one, or use event streams.
    WebSocket: undefined,
    fetch: (url: URL | string, init?: RequestInit) => {
      if (!sendRequest) throw new Error('there is no network');
      return sendRequest(url, init);
    },
  });
  Object.defineProperty(performance, 'now', { value: () => findWorld()?.nowMs ?? realPerformanceNow() });
  Math.random = () => findWorld()?.random() ?? realRandom();
  crypto.getRandomValues = fillRandom;
  AbortSignal.timeout = (delayMs) => {
    const controller = new AbortController();
    setVirtualTimeout(() => controller.abort(new DOMException('timed out', 'TimeoutError')), delayMs);
    return controller.signal;
  };
  // Threads repeat their warnings in the process. Here both are one, and a warning would go round for ever.
  process.emitWarning = () => undefined;
  process.on('unhandledRejection', (error) => findWorld()?.failUncaught(error));
}

function fillRandom<T extends ArrayBufferView | null>(array: T): T {
  const world = getWorld();
  if (array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = world.draw(256);
  }
  return array;
}
