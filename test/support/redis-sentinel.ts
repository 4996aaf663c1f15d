/** Runs a Redis master, a replica, and three Sentinels that promote the replica if the master fails. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from './temp-directory.js';
import { eventually } from './cleanup.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startRedis } from './redis-server.js';

/** Name under which the Sentinels monitor the master. */
const MASTER_NAME = 'tally';
const SENTINEL_COUNT = 3;
const QUORUM = 2;

interface SentinelOptions {
  /** Milliseconds without a valid reply until a Sentinel considers a server down. */
  readonly downAfterMs?: number;
  /** Additional arguments of master and replica. */
  readonly args?: readonly string[];
}

interface SentinelSetup {
  /** The initial master; `replica` is its replica. */
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** URL for REDIS_URL. */
  readonly url: string;
  /** Returns the port of the current master, or 0 while the Sentinels disagree. */
  readonly readMasterPort: () => Promise<number>;
  /** Resolves when the Sentinels have promoted a server and it reports the role of master itself. */
  readonly waitForMaster: (server: RedisServer) => Promise<void>;
}

/** Starts all servers. They are removed after the tests of the file. */
export async function startRedisSentinels({
  downAfterMs = 500,
  args = [],
}: SentinelOptions = {}): Promise<SentinelSetup> {
  const nodeArgs = ['--repl-diskless-sync-delay', '0', ...args];
  const master = await startRedis({ args: nodeArgs });
  const replica = await startRedis({ args: [...nodeArgs, '--replicaof', `127.0.0.1 ${master.port}`] });
  await eventually(async () => (await replica.readInfo('master_link_status')) === 'up');
  const sentinels = await Promise.all(
    Array.from({ length: SENTINEL_COUNT }, () => {
      const file = join(createTempDirectory(), 'sentinel.conf');
      writeFileSync(
        file,
        [
          `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master.port} ${QUORUM}`,
          `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
          `sentinel failover-timeout ${MASTER_NAME} 5000`,
          '',
        ].join('\n'),
      );
      return startRedis({ replacementArgs: [file, '--sentinel'] });
    }),
  );
  // The Sentinels discover each other and the replica through the master.
  await eventually(async () => (await Promise.all(sentinels.map(hasDiscoveredAll))).every(Boolean));
  const readMasterPort = (): Promise<number> => findAgreedMasterPort(sentinels);
  return {
    master,
    replica,
    sentinels,
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`,
    readMasterPort,
    waitForMaster: (server) =>
      eventually(async () => (await readMasterPort()) === server.port && (await server.readInfo('role')) === 'master'),
  };
}

async function hasDiscoveredAll(sentinel: RedisServer): Promise<boolean> {
  const [others, replicas] = await Promise.all([
    sentinel.readInfo('master0'),
    sentinel.command('SENTINEL', 'REPLICAS', MASTER_NAME) as Promise<readonly unknown[]>,
  ]);
  return (others ?? '').includes(`sentinels=${SENTINEL_COUNT}`) && replicas.length === 1;
}

async function findAgreedMasterPort(sentinels: readonly RedisServer[]): Promise<number> {
  const addresses = await Promise.all(
    sentinels.map(
      (sentinel) => sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME) as Promise<readonly string[]>,
    ),
  );
  const [first, ...others] = addresses.map(([, port]) => Number(port));
  return first !== undefined && others.every((port) => port === first) ? first : 0;
}
