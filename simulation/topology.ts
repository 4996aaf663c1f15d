/** The machines of a run: one service, or two instances of it on a shared store, and relays above them. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config } from '../src/config/config.js';
import { toRetention } from '../src/store/store.module.js';
import { UpstreamStore } from '../src/store/upstream/upstream.store.js';
import type { Network } from './network/network.js';
import { Disk } from './service/disk.js';
import { ServiceMachine } from './service/machine.js';
import { RedisModel } from './service/redis-model.js';
import { RedisModelStore } from './service/redis-model.store.js';
import type { CreateStore, Service } from './service/service.js';
import type { World } from './world/world.js';

/** The load balancer before all instances. */
const ORIGIN = 'http://service.test';
const INSTANCES = ['http://one.test', 'http://two.test'];
const RELAYS = ['http://relay.test', 'http://relay-two.test'];
/** Share of the runs with a shared store, with relays, and of those with a second relay. */
const SHARED = 0.4;
const RELAYED = 0.4;
const SECOND_RELAY = 0.4;
/** Share of second relays that have the first one as their upstream. */
const CHAINED = 0.5;

export interface Topology {
  readonly redis: RedisModel | undefined;
  /** Machines of the service itself. */
  readonly machines: readonly ServiceMachine[];
  readonly relays: readonly ServiceMachine[];
  /** Where clients reach the service. */
  readonly origins: readonly string[];
}

/** @param prepare makes what a run needs, whenever a process of the service itself starts */
export function createTopology(
  world: World,
  network: Network,
  settings: Partial<Config>,
  prepare: (service: Service) => Promise<void>,
): Topology {
  const folder = join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `tallyboard-simulation-${process.pid}`);
  const createMachine = (
    origin: string,
    prepareService: (service: Service) => Promise<void>,
    createStore?: CreateStore,
    upstream?: string,
  ): ServiceMachine => {
    const disk = new Disk(`${folder}-${new URL(origin).hostname}`, world);
    const own = { ...settings, DATA_DIR: disk.directory };
    return new ServiceMachine(origin, network, disk, own, prepareService, createStore, upstream);
  };
  const redis = world.chance(SHARED) ? createRedis(world, settings) : undefined;
  const instances = redis ? INSTANCES : INSTANCES.slice(0, 1);
  network.balance(ORIGIN, instances);
  const createStore: CreateStore | undefined = redis && ((_config, _clock, life) => new RedisModelStore(redis, life));
  const machines = instances.map((origin) => createMachine(origin, prepare, createStore));
  const count = world.chance(RELAYED) ? 1 + Number(world.chance(SECOND_RELAY)) : 0;
  const isChained = world.chance(CHAINED);
  const relays = RELAYS.slice(0, count).map((origin, index) => {
    const upstream = isChained && index > 0 ? (RELAYS[index - 1] ?? ORIGIN) : ORIGIN;
    return createMachine(origin, async () => undefined, createUpstreamStore(upstream), upstream);
  });
  return { redis, machines, relays, origins: [ORIGIN, ...relays.map(({ origin }) => origin)] };
}

function createUpstreamStore(url: string): CreateStore {
  return ({ MAX_WAITING_CHANGES, COMMIT_TIMEOUT_MS }) =>
    new UpstreamStore({ url, token: '', maxPending: MAX_WAITING_CHANGES, timeoutMs: COMMIT_TIMEOUT_MS });
}

function createRedis(world: World, settings: Partial<Config>): RedisModel {
  const config = Object.assign(new Config(), settings);
  return new RedisModel(world, {
    retention: toRetention(config),
    limits: { maxCounters: config.MAX_COUNTERS, maxDashboards: config.MAX_DASHBOARDS },
    timeZone: config.TIME_ZONE,
  });
}
