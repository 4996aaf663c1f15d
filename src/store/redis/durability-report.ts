/** What an acknowledgement means on this Redis: asked after every connection and then now and again, said at the start, and when it changes. */
import { Logger } from '@nestjs/common';
import type { Durability } from '../durability.js';
import type { RedisClient } from './client-factory.js';
import { askFacts, type Facts } from './persistence-settings.js';

/** What acknowledgements wait for, and whether another server may take the place of this one. */
export interface Waits {
  readonly waitReplicas: number;
  readonly waitAof: number;
  readonly hasSentinels: boolean;
}

export class RedisDurability {
  readonly #logger = new Logger(RedisDurability.name);
  #asking = false;
  #told: Durability;
  #said = '';

  constructor(private readonly waits: Waits) {
    const { waitReplicas, waitAof } = waits;
    const acknowledged = 'not known: Redis has not been reached yet';
    this.#told = { acknowledged, survives: 'unknown', waitReplicas, waitAof, warnings: [] };
  }

  /** As it was when Redis was last asked. */
  get told(): Durability {
    return this.#told;
  }

  /** Asks, and says what is new. Never throws: who does not answer is asked again. */
  async ask(client: RedisClient): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.#told = durabilityOf(await askFacts(client), this.waits);
      this.#say();
    } catch {
      // The connection is lost: it is asked after the next one.
    } finally {
      this.#asking = false;
    }
  }

  #say(): void {
    const { acknowledged, warnings } = this.#told;
    const text = JSON.stringify([acknowledged, warnings]);
    if (text === this.#said) return;
    this.#said = text;
    this.#logger.log(`an acknowledged change is ${acknowledged}`);
    for (const warning of warnings) this.#logger.warn(warning);
  }
}

/** What follows from how Redis is set, in words. */
export function durabilityOf(facts: Facts, waits: Waits): Durability {
  const { appendonly, appendfsync, replicas } = facts;
  const { waitReplicas, waitAof } = waits;
  const silence = silenceOf(facts, waits);
  const losses = [diskLoss(facts, waits), failoverLoss(facts, waits), evictionLoss(facts)].filter(isSaid);
  return {
    acknowledged: [whereOn(facts, waits), ...whereElse(waits)].join(', and '),
    survives: losses.length > 0 ? 'no' : silence === undefined ? 'yes' : 'unknown',
    appendonly,
    appendfsync,
    replicas,
    waitReplicas,
    waitAof,
    warnings: [silence, ...losses, shortage(facts, waits)].filter(isSaid),
  };
}

function whereOn({ appendonly, appendfsync, save }: Facts, { waitAof }: Waits): string {
  if (appendonly === 'yes') {
    if (waitAof > 0) return `on the disk of Redis (REDIS_WAIT_AOF=${waitAof})`;
    if (appendfsync === 'always') return 'on the disk of Redis (appendfsync always)';
    if (appendfsync === 'everysec')
      return 'in the memory of Redis, on its disk about a second later (appendfsync everysec)';
    if (appendfsync === 'no') return 'in the memory of Redis, on its disk when its system sees fit (appendfsync no)';
    return 'in the memory of Redis, and in its append-only file: it does not tell when that is on the disk';
  }
  if (appendonly === 'unknown') return 'in the memory of Redis: it does not tell whether it writes to a disk';
  return save ? 'in the memory of Redis, on its disk with its next snapshot' : 'in the memory of Redis alone';
}

function whereElse({ waitReplicas, waitAof }: Waits): string[] {
  const onDisk = Math.max(0, waitAof - 1);
  return [
    ...(onDisk > 0 ? [`on the disk of ${counted(onDisk)}`] : []),
    ...(waitReplicas > onDisk ? [`in the memory of ${counted(waitReplicas)}`] : []),
  ];
}

function silenceOf({ appendonly, appendfsync }: Facts, { waitAof }: Waits): string | undefined {
  const isTold = appendonly === 'yes' ? waitAof > 0 || appendfsync !== 'unknown' : appendonly === 'no';
  if (isTold) return undefined;
  return 'Redis does not tell how it writes to its disk: see to it that it runs with appendonly yes and appendfsync always, or a crash can lose acknowledged changes';
}

function diskLoss(facts: Facts, { waitAof }: Waits): string | undefined {
  const { appendonly, appendfsync, save, syncsAlways } = facts;
  if (appendonly === 'no') {
    const lost = save ? 'all changes since its last snapshot' : 'everything';
    return `a crash of Redis loses ${lost}, acknowledged or not: set appendonly yes and appendfsync always`;
  }
  if (appendonly === 'unknown' || waitAof > 0 || appendfsync === 'unknown') return undefined;
  if (appendfsync === 'always') {
    if (syncsAlways) return undefined;
    return 'a crash of Redis while it rewrites its file can lose acknowledged changes (no-appendfsync-on-rewrite yes): set no-appendfsync-on-rewrite no';
  }
  const [lost, or] =
    appendfsync === 'everysec'
      ? ['about a second of', ', or from Redis 7.2 on REDIS_WAIT_AOF=1']
      : ['up to half a minute of', ''];
  return `a crash of Redis can lose ${lost} acknowledged changes (appendfsync ${appendfsync}): set appendfsync always${or}`;
}

function failoverLoss({ replicas }: Facts, { waitReplicas, waitAof, hasSentinels }: Waits): string | undefined {
  if (waitReplicas > 0 || waitAof > 1 || (replicas === 0 && !hasSentinels)) return undefined;
  return 'a failover can lose acknowledged changes that the replica does not have yet: set REDIS_WAIT_REPLICAS=1';
}

/** Only dashboards themselves have no time to end at: keys, ledger and points have one, for when nobody counts any more. */
function evictionLoss({ evicts }: Facts): string | undefined {
  if (evicts === 'noeviction') return undefined;
  const taken = evicts.startsWith('allkeys')
    ? 'Redis takes counters away when its memory is full'
    : 'Redis takes ledger, history and idempotency keys away when its memory is full, and retries then count twice';
  return `${taken} (maxmemory-policy ${evicts}): set maxmemory-policy noeviction`;
}

function shortage({ appendonly, appendfsync, replicas }: Facts, { waitReplicas, waitAof }: Waits): string | undefined {
  if (waitAof > 0 && appendonly === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof}, and Redis has appendonly no: set appendonly yes`;
  }
  // WAITAOF confirms what Redis itself has synced: nothing, there.
  if (waitAof > 0 && appendfsync === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof}, and Redis has appendfsync no: set appendfsync always`;
  }
  const wanted = Math.max(waitReplicas, waitAof - 1);
  if (replicas >= wanted) return undefined;
  return `changes are refused: they wait for ${counted(wanted)}, and ${replicas} are connected`;
}

function counted(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}

function isSaid(text: string | undefined): text is string {
  return text !== undefined;
}
