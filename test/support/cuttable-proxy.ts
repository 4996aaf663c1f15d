/** A way to Redis that a test can cut, in the middle of an answer too, stall, or refuse. */
import { type Passing, startProxy, type TestProxy } from './tcp-proxy.js';
import { afterTest } from './cleanup.js';

export interface CutWay {
  readonly proxy: TestProxy;
  /** For REDIS_URL. */
  readonly url: string;
  /**
   * Passes so many more bytes of answers on, of all connections together, and cuts the connection that the next one comes on.
   * @param isMeant which connections count, by what was sent on them; all by default
   * @returns resolves when it was cut
   */
  readonly cutAfter: (bytes: number, isMeant?: (sent: string) => boolean) => Promise<void>;
  /** Cuts all connections that stand. */
  readonly cut: () => void;
  /** Lets nothing through any more, and closes nothing. */
  readonly stall: () => void;
  /** Cuts all connections, and every new one at once. */
  readonly refuse: () => void;
  /** Lets everything through again. What was stalled is lost: those connections are cut. */
  readonly mend: () => void;
}

/** Starts a way to a port. It ends with the test. */
export async function startCutWay(port: number): Promise<CutWay> {
  const proxy = await startProxy(port);
  const accept = proxy.accept.bind(proxy);
  const state = { stalled: false };
  const mend = (): void => {
    proxy.accept = accept;
    proxy.mend();
    if (state.stalled) proxy.cut();
    state.stalled = false;
  };
  afterTest(mend);
  return {
    proxy,
    url: proxy.url.replace(/^http/, 'redis'),
    cutAfter: (bytes, isMeant = () => true) =>
      new Promise((resolve) => {
        let left = bytes;
        const passSome: Passing = (answer, pass, link) => {
          if (!isMeant(link.sent)) return pass(answer);
          pass(answer.subarray(0, left));
          left -= answer.length;
          if (left >= 0) return;
          proxy.mend();
          // What was passed on arrives before the end.
          link.client.end();
          link.server.destroy();
          resolve();
        };
        proxy.toClient = passSome;
      }),
    cut: () => proxy.cut(),
    stall: () => {
      state.stalled = true;
      proxy.lose();
    },
    refuse: () => {
      proxy.accept = (client) => client.destroy();
      proxy.cut();
    },
    mend,
  };
}
