/** A TCP proxy before a service. It forwards all bytes until a test cuts, delays, changes or drops them. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Config } from '../../src/config/config.js';
import { type RunningApp, startApp } from './app.js';
import { afterTest } from './cleanup.js';

/** Forwards bytes to the other side by calling `pass`; a test may pass fewer, different, delayed or no bytes. */
export type Forwarder = (bytes: Buffer, pass: (bytes: Buffer) => void, link: ProxyConnection) => void;

/** One connection through the proxy. */
interface ProxyConnection {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes that the client has sent so far, as latin1. */
  sent: string;
}

const forward: Forwarder = (bytes, pass) => pass(bytes);

export class TcpProxy {
  toClient: Forwarder = forward;
  toServer: Forwarder = forward;
  /** Removes `Upgrade` headers, like a proxy without WebSocket support. */
  stripsUpgrades = false;
  /** Connections that are open now. */
  readonly openConnections = new Set<ProxyConnection>();
  /** Every connection so far, oldest first. */
  readonly allConnections: ProxyConnection[] = [];

  constructor(
    readonly url: string,
    /** Port of the service; new connections use the current value. */
    public port: number,
  ) {}

  accept(client: Socket): void {
    const server = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    const connection: ProxyConnection = { client, server, sent: '' };
    this.openConnections.add(connection);
    this.allConnections.push(connection);
    client.setNoDelay(true).on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      connection.sent += text;
      const sent = this.stripsUpgrades ? Buffer.from(text.replace(/\r\nUpgrade: .*/i, ''), 'latin1') : bytes;
      this.toServer(sent, (passed) => server.write(passed), connection);
    });
    server.on('data', (bytes: Buffer) => this.toClient(bytes, (passed) => client.write(passed), connection));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('end', () => other.end());
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        this.openConnections.delete(connection);
      });
    }
  }

  /** Forwards everything again. */
  restore(): void {
    this.toClient = this.toServer = forward;
  }

  /** Drops every byte. Connections stay open and new ones are accepted. */
  dropBytes(): void {
    this.toClient = this.toServer = () => {};
  }

  /** Cuts all open connections. */
  cutAll(): void {
    for (const { client, server } of this.openConnections) {
      client.destroy();
      server.destroy();
    }
  }

  /** Half-closes every connection: sends FIN to the client, and leaves the other direction open. */
  halfClose(): void {
    for (const { client } of this.openConnections) client.end();
  }
}

/**
 * Starts a proxy to a port. It is closed after the test.
 * @param socketPath Unix socket to listen on in place of a port
 */
export async function startTcpProxy(port: number, socketPath?: string): Promise<TcpProxy> {
  const listener = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) =>
    socketPath === undefined ? listener.listen(0, '127.0.0.1', resolve) : listener.listen(socketPath, resolve),
  );
  const url = socketPath ?? `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const proxy = new TcpProxy(url, port);
  listener.on('connection', (client: Socket) => proxy.accept(client));
  afterTest(() => {
    listener.close();
    proxy.cutAll();
  });
  return proxy;
}

/** Starts the whole application, and a proxy before it. */
export async function startAppBehindProxy(
  overrides: Partial<Config> = {},
): Promise<RunningApp & { readonly proxy: TcpProxy }> {
  const running = await startApp(overrides);
  return { ...running, proxy: await startTcpProxy(running.port) };
}
