/** Runs the whole application in this process, on a free port and in its own data directory. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { createApp } from '../../src/app.js';
import { Config } from '../../src/config/config.js';
import type { Snapshot } from '../../src/counters/counters.js';
import { createTempDirectory } from './temp-directory.js';
import { afterTest } from './cleanup.js';
import { getRedisTargetConfig } from './redis-target.js';
import { startUpstream } from './upstream-target.js';
import { registerBasePath } from './base-path.js';

export interface RunningApp {
  readonly app: INestApplication<Server>;
  /** The application that keeps the counters: `app`, or its upstream with TEST_UPSTREAM. */
  readonly owner: INestApplication<Server>;
  /** Address of `owner`. */
  readonly ownerUrl: string;
  readonly url: string;
  readonly port: number;
  /** Fetches `GET /dashboard`. */
  readonly dashboard: () => Promise<Snapshot>;
  /** Stops the application. Idempotent; also called when the test ends. */
  readonly close: () => Promise<void>;
}

/** Starts the application, in an empty temporary directory unless the overrides set `DATA_DIR`. */
export async function startApp(overrides: Partial<Config> = {}): Promise<RunningApp> {
  const DATA_DIR = overrides.DATA_DIR ?? createTempDirectory();
  const config = Object.assign(new Config(), {
    PORT: 0,
    LOG_LEVEL: 'error',
    ...overrides,
    ...getRedisTargetConfig({ ...overrides, DATA_DIR }),
    DATA_DIR,
  });
  const { upstream, url: upstreamUrl, relayOf, close: closeUpstream } = await startUpstream(config);
  const app = await createApp(Object.assign(new Config(), config, relayOf));
  let closing: Promise<void> | undefined;
  const close = () => {
    // Do not wait for clients that a test has left open.
    app.getHttpServer().closeAllConnections();
    return (closing ??= app.close().then(closeUpstream));
  };
  afterTest(close);
  await app.listen(config.PORT, config.HOST);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${config.BASE_PATH}`;
  registerBasePath(url);
  const dashboard = async () => (await (await fetch(`${url}/dashboard`)).json()) as Snapshot;
  return { app, owner: upstream ?? app, ownerUrl: upstreamUrl ?? url, url, port, dashboard, close };
}
