/** A way to Redis that a test can cut, in the middle of an answer too, stall, or refuse. */
import { type Forwarder, startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { afterTest } from './cleanup.js';

interface CuttableProxy {
  readonly proxy: TcpProxy;
  /** For REDIS_URL. */
  readonly url: string;
  /**
   * Passes so many more bytes of answers on, of all connections together, and cuts the connection that the next one comes on.
   * @param countsConnection which connections count, by what was sent on them; all by default
   * @returns resolves when it was cut
   */
  readonly cutAfter: (bytes: number, countsConnection?: (sent: string) => boolean) => Promise<void>;
  /** Cuts all connections that stand. */
  readonly cutAll: () => void;
  /** Lets nothing through any more, and closes nothing. */
  readonly stall: () => void;
  /** Cuts all connections, and every new one at once. */
  readonly refuseConnections: () => void;
  /** Lets everything through again. What was stalled is lost: those connections are cut. */
  readonly restore: () => void;
}

/** Starts a way to a port. It ends with the test. */
export async function startCuttableProxy(port: number): Promise<CuttableProxy> {
  const proxy = await startTcpProxy(port);
  const accept = proxy.accept.bind(proxy);
  const state = { stalled: false };
  const restore = (): void => {
    proxy.accept = accept;
    proxy.restore();
    if (state.stalled) proxy.cutAll();
    state.stalled = false;
  };
  afterTest(restore);
  return {
    proxy,
    url: proxy.url.replace(/^http/, 'redis'),
    cutAfter: (bytes, countsConnection = () => true) =>
      new Promise((resolve) => {
        let remainingBytes = bytes;
        const passUntilCut: Forwarder = (received, pass, connection) => {
          if (!countsConnection(connection.sent)) return pass(received);
          pass(received.subarray(0, remainingBytes));
          remainingBytes -= received.length;
          if (remainingBytes >= 0) return;
          proxy.restore();
          // What was passed on arrives before the end.
          connection.client.end();
          connection.server.destroy();
          resolve();
        };
        proxy.toClient = passUntilCut;
      }),
    cutAll: () => proxy.cutAll(),
    stall: () => {
      state.stalled = true;
      proxy.dropBytes();
    },
    refuseConnections: () => {
      proxy.accept = (client) => client.destroy();
      proxy.cutAll();
    },
    restore,
  };
}
