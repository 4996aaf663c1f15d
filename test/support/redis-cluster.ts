/** Runs a Redis Cluster of three masters, with optional replicas, and moves slots at run time. */
import { Redis } from 'ioredis';
import { eventually } from './cleanup.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startRedis } from './redis-server.js';

const SLOT_COUNT = 16_384;
const MASTER_COUNT = 3;

/** A server and its node ID in the Cluster. */
export interface ClusterNode {
  readonly server: RedisServer;
  readonly id: string;
}

export interface RedisCluster {
  readonly masters: readonly ClusterNode[];
  /** One replica per master, in the same order; empty unless requested. */
  readonly replicas: readonly ClusterNode[];
  /** URL for REDIS_URL. */
  readonly url: string;
  /** Returns the slot of a key. */
  readonly readSlot: (key: string) => Promise<number>;
  /** Returns the master that owns a slot now. */
  readonly readOwner: (slot: number) => Promise<ClusterNode>;
  /**
   * Moves a slot and its keys to another master, as `redis-cli --cluster reshard` does. Resolves when every node knows
   * the new owner.
   */
  readonly moveSlot: (slot: number, to: ClusterNode) => Promise<void>;
}

/**
 * Starts a Cluster. It is removed after the tests of the file.
 * @param options.args additional arguments of each node; they override the defaults
 */
export async function startRedisCluster({
  replicas = false,
  args: extraArgs = [],
}: { replicas?: boolean; args?: readonly string[] } = {}): Promise<RedisCluster> {
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '1000',
    '--repl-diskless-sync-delay',
    '0',
    ...extraArgs,
  ];
  const count = replicas ? MASTER_COUNT * 2 : MASTER_COUNT;
  const nodes = await Promise.all(
    Array.from({ length: count }, async (): Promise<ClusterNode> => {
      const server = await startRedis({ args });
      return { server, id: String(await server.command('CLUSTER', 'MYID')) };
    }),
  );
  const masters = nodes.slice(0, MASTER_COUNT);
  await Promise.all(
    nodes.map(async ({ server }, index) => {
      await server.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      const [first, last] = [index, index + 1].map((position) => Math.ceil((position * SLOT_COUNT) / MASTER_COUNT));
      if (index < MASTER_COUNT) await server.command('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (last ?? 0) - 1);
    }),
  );
  const [first, ...others] = nodes;
  for (const { server } of others) await server.command('CLUSTER', 'MEET', '127.0.0.1', first?.server.port ?? 0);
  await eventually(() => isClusterFormed(nodes, count));
  await Promise.all(
    nodes.slice(MASTER_COUNT).map(async ({ server }, index) => {
      await server.command('CLUSTER', 'REPLICATE', masters[index]?.id ?? '');
      await eventually(async () => (await server.readInfo('master_link_status')) === 'up');
    }),
  );
  const readSlot = async (key: string) => Number(await first?.server.command('CLUSTER', 'KEYSLOT', key));
  const readOwner = (slot: number): Promise<ClusterNode> => findOwner(nodes, slot);
  return {
    masters,
    replicas: nodes.slice(MASTER_COUNT),
    url: `redis+cluster://${masters.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`,
    readSlot,
    readOwner,
    moveSlot: async (slot, to) => {
      await migrateSlot(slot, await readOwner(slot), to, masters);
      await eventually(async () => (await readOwnerIds(nodes, slot)).every((id) => id === to.id));
    },
  };
}

async function isClusterFormed(nodes: readonly ClusterNode[], count: number): Promise<boolean> {
  const infos = await Promise.all(nodes.map(async ({ server }) => String(await server.command('CLUSTER', 'INFO'))));
  return infos.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`));
}

type SlotRange = readonly [number, number, readonly [string, number, string], ...unknown[]];

/** Asks each node for the ID of a slot's owner. */
async function readOwnerIds(nodes: readonly ClusterNode[], slot: number): Promise<(string | undefined)[]> {
  return Promise.all(
    nodes.map(async ({ server }) => {
      const ranges = (await server.command('CLUSTER', 'SLOTS')) as readonly SlotRange[];
      return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
    }),
  );
}

async function findOwner(nodes: readonly ClusterNode[], slot: number): Promise<ClusterNode> {
  const [id] = await readOwnerIds(nodes.slice(0, 1), slot);
  const owner = nodes.find((node) => node.id === id);
  if (!owner) throw new Error(`no node owns slot ${slot}`);
  return owner;
}

async function migrateSlot(
  slot: number,
  from: ClusterNode,
  to: ClusterNode,
  masters: readonly ClusterNode[],
): Promise<void> {
  // The new owner first: it would otherwise send redirected clients back.
  await to.server.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.server.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  const client = new Redis({ port: from.server.port, host: '127.0.0.1' });
  try {
    for (;;) {
      const keys = (await client.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[];
      if (keys.length === 0) break;
      await client.call('MIGRATE', '127.0.0.1', to.server.port, '', 0, 5_000, 'KEYS', ...keys);
    }
  } finally {
    client.disconnect();
  }
  const ordered = [to, from, ...masters.filter((node) => node !== to && node !== from)];
  for (const { server } of ordered) await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
}
