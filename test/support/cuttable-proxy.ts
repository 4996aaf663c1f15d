/** A TCP proxy before Redis that a test can cut (also in the middle of a reply), stall, or make refuse connections. */
import { type Forwarder, startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { afterTest } from './cleanup.js';

interface CuttableProxy {
  readonly proxy: TcpProxy;
  /** URL for REDIS_URL. */
  readonly url: string;
  /**
   * Forwards `bytes` more bytes of replies in total, then cuts the connection on which the next byte arrives.
   * @param countsConnection selects connections by the text sent on them; all by default
   * @returns resolves when the connection has been cut
   */
  readonly cutAfter: (bytes: number, countsConnection?: (sent: string) => boolean) => Promise<void>;
  /** Cuts all open connections. */
  readonly cutAll: () => void;
  /** Drops all bytes and keeps the connections open. */
  readonly stall: () => void;
  /** Cuts all open connections, and every new one at once. */
  readonly refuseConnections: () => void;
  /** Forwards everything again. Connections that were stalled have lost bytes and are cut. */
  readonly restore: () => void;
}

/** Starts a proxy to a port. It is closed after the test. */
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
          // `end` flushes the forwarded bytes before it closes.
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
