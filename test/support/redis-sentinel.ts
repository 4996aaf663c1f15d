/** A master, a replica, and three Sentinels that make the replica master when the master is gone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from './temp-directory.js';
import { eventually } from './cleanup.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** What the Sentinels call the master. */
const NAME = 'tally';
const SENTINELS = 3;
const QUORUM = 2;

export interface SentinelOptions {
  /** Milliseconds without an answer after which a Sentinel takes a server for gone. */
  readonly downAfterMs?: number;
  /** More arguments of master and replica. */
  readonly args?: readonly string[];
}

export interface WatchedRedis {
  /** The master that it began with, and its replica. */
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** For REDIS_URL. */
  readonly url: string;
  /** The port of the master that the Sentinels know now. */
  readonly masterPort: () => Promise<number>;
  /** Resolves when the Sentinels have made a server master, and it says so itself. */
  readonly untilMaster: (server: RedisServer) => Promise<void>;
}

/** Starts them. They end with the tests of the file. */
export async function startSentinels({ downAfterMs = 500, args = [] }: SentinelOptions = {}): Promise<WatchedRedis> {
  const own = ['--repl-diskless-sync-delay', '0', ...args];
  const master = await startRedis({ args: own });
  const replica = await startRedis({ args: [...own, '--replicaof', `127.0.0.1 ${master.port}`] });
  await eventually(async () => (await replica.info('master_link_status')) === 'up');
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, () => {
      const file = join(makeDirectory(), 'sentinel.conf');
      writeFileSync(
        file,
        [
          `sentinel monitor ${NAME} 127.0.0.1 ${master.port} ${QUORUM}`,
          `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
          `sentinel failover-timeout ${NAME} 5000`,
          '',
        ].join('\n'),
      );
      return startRedis({ only: [file, '--sentinel'] });
    }),
  );
  // They find each other, and the replica, by the master.
  await eventually(async () => (await Promise.all(sentinels.map(knowsAll))).every(Boolean));
  const masterPort = (): Promise<number> => masterPortOf(sentinels);
  return {
    master,
    replica,
    sentinels,
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    masterPort,
    untilMaster: (server) =>
      eventually(async () => (await masterPort()) === server.port && (await server.info('role')) === 'master'),
  };
}

async function knowsAll(sentinel: RedisServer): Promise<boolean> {
  const [others, replicas] = await Promise.all([
    sentinel.info('master0'),
    sentinel.cli('SENTINEL', 'REPLICAS', NAME) as Promise<readonly unknown[]>,
  ]);
  return (others ?? '').includes(`sentinels=${SENTINELS}`) && replicas.length === 1;
}

async function masterPortOf(sentinels: readonly RedisServer[]): Promise<number> {
  const addresses = await Promise.all(
    sentinels.map(
      (sentinel) => sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME) as Promise<readonly string[]>,
    ),
  );
  const [first, ...others] = addresses.map(([, port]) => Number(port));
  return first !== undefined && others.every((port) => port === first) ? first : 0;
}
