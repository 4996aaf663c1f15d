/** A TCP proxy before a service: passes all bytes on, until a test cuts, holds, changes or loses them. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Config } from '../../src/config/config.js';
import { type RunningApp, startApp } from './app.js';
import { afterTest } from './cleanup.js';

/** Passes bytes on to the other side; a test may pass less, others, later, or none. */
export type Forwarder = (bytes: Buffer, pass: (bytes: Buffer) => void, link: ProxyConnection) => void;

/** One connection through the proxy. */
interface ProxyConnection {
  readonly client: Socket;
  readonly server: Socket;
  /** All that the client has sent so far. */
  sent: string;
}

const forward: Forwarder = (bytes, pass) => pass(bytes);

export class TcpProxy {
  toClient: Forwarder = forward;
  toServer: Forwarder = forward;
  /** Knows nothing of WebSocket: what asks for an upgrade goes on as an ordinary request. */
  stripsUpgrades = false;
  /** Connections that stand. */
  readonly openConnections = new Set<ProxyConnection>();
  /** All connections that there ever were, the oldest first. */
  readonly allConnections: ProxyConnection[] = [];

  constructor(
    readonly url: string,
    /** Where the service listens. */
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

  /** Passes everything on again. */
  restore(): void {
    this.toClient = this.toServer = forward;
  }

  /** Loses every byte: connections stand, new ones are taken, and nothing comes through. */
  dropBytes(): void {
    this.toClient = this.toServer = () => {};
  }

  /** Cuts every connection that stands. */
  cutAll(): void {
    for (const { client, server } of this.openConnections) {
      client.destroy();
      server.destroy();
    }
  }

  /** Ends every connection toward the client in good order, as TCP knows it, and leaves the other direction open. */
  halfClose(): void {
    for (const { client } of this.openConnections) client.end();
  }
}

/** Starts a proxy to a port. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const listener = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const proxy = new TcpProxy(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`, port);
  listener.on('connection', (client: Socket) => proxy.accept(client));
  afterTest(() => {
    listener.close();
    proxy.cutAll();
  });
  return proxy;
}

/** The whole application, and a proxy before it. */
export async function startAppBehindProxy(
  overrides: Partial<Config> = {},
): Promise<RunningApp & { readonly proxy: TcpProxy }> {
  const running = await startApp(overrides);
  return { ...running, proxy: await startTcpProxy(running.port) };
}
