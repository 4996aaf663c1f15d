/** The time of day that instances trust, recorded in Redis for those that start later. */
import { type Clock, MAX_LEAD_MS, MAX_TRUST_DELAY_MS, type Trust } from '../../clock/clock.js';
import type { RedisClient } from './client-factory.js';
import type { RedisKeys } from './keys.js';
import type { ServerClock } from './server-clock.js';

/** Dashboards whose times are read at once. */
const DASHBOARDS_PER_READ = 500;

/**
 * Reads the server's time and what was trusted before. Call it before anything is changed, so that nothing expires by a
 * clock that is wrong. Without a record, the newest change tells the time.
 */
export async function recallTrust(client: RedisClient, keys: RedisKeys, serverClock: ServerClock): Promise<void> {
  const trust = parseTrust(await client.get(keys.timeKey)) ?? (await findNewestChange(client, keys));
  await readServerTime(client, serverClock);
  if (trust) serverClock.recall(trust);
}

/** Reads the server's time, so that its clock notices steps while nothing happens. */
export async function readServerTime(client: RedisClient, serverClock: ServerClock): Promise<void> {
  const [seconds, microseconds] = await client.time();
  serverClock.receive(Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000), performance.now());
}

/** Takes over a recorded time that is further behind the one of this process than instances differ. */
export async function followEarlierTrust(client: RedisClient, keys: RedisKeys, clock: Clock): Promise<void> {
  const recorded = parseTrust(await client.get(keys.timeKey));
  if (recorded && recorded.timeMs < clock.trust.timeMs - 2 * MAX_LEAD_MS) clock.recall(recorded);
}

export async function recordTrust(client: RedisClient, keys: RedisKeys, { timeMs, stoodMs }: Trust): Promise<void> {
  await client.set(keys.timeKey, `${timeMs} ${stoodMs}`);
}

/** @returns undefined for anything else than {@link recordTrust} writes */
function parseTrust(text: string | null): Trust | undefined {
  const [, timeMs, stoodMs] = /^(\d{1,15}) (\d{1,15})$/.exec(text ?? '') ?? [];
  return timeMs === undefined || stoodMs === undefined
    ? undefined
    : { timeMs: Number(timeMs), stoodMs: Number(stoodMs) };
}

async function findNewestChange(client: RedisClient, keys: RedisKeys): Promise<Trust | undefined> {
  let newestMs = 0;
  for (let from = '-'; ;) {
    const names = await client.zrangebylex(keys.namesKey, from, '+', 'LIMIT', 0, DASHBOARDS_PER_READ);
    const times = await Promise.all(names.map((name) => client.hget(keys.toDashboardKey(name), 'at')));
    newestMs = Math.max(newestMs, ...times.map((time) => Number(time ?? 0)));
    if (names.length < DASHBOARDS_PER_READ) break;
    from = `(${names.at(-1) ?? ''}`;
  }
  return newestMs > 0 ? { timeMs: newestMs, stoodMs: MAX_TRUST_DELAY_MS } : undefined;
}
