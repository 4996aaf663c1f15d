/**
 * Moves the data under a prefix on to the form of this version, before an instance counts as ready. One instance
 * moves, under a lock, dashboard by dashboard; the others wait. A dashboard is moved in atomic steps of a few counters
 * each: the first one takes it away from earlier versions, the last one gives it to this version. A move that was
 * interrupted goes on where it stopped.
 */
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RedisClient } from './client-factory.js';
import { createFormFault, DATA_FORM, ignoreMissingMaster } from './data-form.js';
import type { RedisKeys } from './keys.js';
import { CLAIM_FORM_SCRIPT, MOVE_DASHBOARD_SCRIPT } from './lua-scripts.js';
import type { StoreOpenError } from '../store-open.error.js';

/** Lifetime of the lock without a sign of life, milliseconds: longer than a step. */
const LOCK_TTL_MS = 120_000;
/** Pause between two looks at a lock that another instance holds, milliseconds. */
const WAIT_MS = 200;
/** Counters in one step: each may have two years of hours. */
const COUNTERS_PER_STEP = 20;
/** Names of dashboards per round trip. */
const NAMES_PER_READ = 500;

export interface FormMoveOptions {
  /** Id of this instance, the same for all its connections. */
  readonly instance: string;
  /** Time to live of idempotency keys that have no end yet, milliseconds. */
  readonly keyTtlMs: number;
}

/**
 * Resolves when the data has the form of this version. An empty prefix gets its number at once.
 * @returns the permanent fault, if the data has a form that this version does not know
 */
export async function prepareDataForm(
  client: RedisClient,
  keys: RedisKeys,
  options: FormMoveOptions,
): Promise<StoreOpenError | undefined> {
  const { namesKey, formKey, movingKey, moveLockKey } = keys;
  const claim = () =>
    client.eval(
      CLAIM_FORM_SCRIPT,
      4,
      namesKey,
      formKey,
      movingKey,
      moveLockKey,
      DATA_FORM,
      options.instance,
      LOCK_TTL_MS,
    );
  return ignoreMissingMaster(client, async () => {
    for (;;) {
      const state = String(await claim());
      if (state === 'ready') return undefined;
      if (state === 'busy') await setTimeout(WAIT_MS);
      else if (state !== 'move') return createFormFault(keys, state);
      // Until nothing is left: an instance of the version before may just have defined another dashboard.
      else if ((await moveDashboards(client, keys, options.keyTtlMs, claim)) === 0)
        await client.del(movingKey, moveLockKey);
    }
  });
}

/** @returns the number of dashboards that were moved */
async function moveDashboards(
  client: RedisClient,
  keys: RedisKeys,
  keyTtlMs: number,
  renewLock: () => Promise<unknown>,
): Promise<number> {
  const logger = new Logger('RedisStore');
  const startMs = performance.now();
  let moved = 0;
  for (let from = '-'; ;) {
    const names = await client.zrangebylex(keys.namesKey, from, '+', 'LIMIT', 0, NAMES_PER_READ);
    for (const name of names) {
      if (moved === 0) logger.log(`moving the data under ${keys.prefix} on to data form ${DATA_FORM}`);
      moved += await moveDashboard(client, keys, name, keyTtlMs, renewLock);
    }
    if (names.length < NAMES_PER_READ) break;
    from = `(${names.at(-1) ?? ''}`;
  }
  if (moved > 0) {
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    logger.log(`moved ${moved} dashboards under ${keys.prefix} on to data form ${DATA_FORM} in ${seconds} s`);
  }
  return moved;
}

/** @returns 1 if the dashboard was moved, 0 if it has the form already */
async function moveDashboard(
  client: RedisClient,
  keys: RedisKeys,
  name: string,
  keyTtlMs: number,
  renewLock: () => Promise<unknown>,
): Promise<number> {
  const fields = await client.hkeys(keys.toDashboardKey(name));
  const counters = fields.filter((field) => field.startsWith('d:')).map((field) => field.slice(2));
  for (let start = 0; ; start += COUNTERS_PER_STEP) {
    const batch = counters.slice(start, start + COUNTERS_PER_STEP);
    const isLast = start + COUNTERS_PER_STEP >= counters.length;
    const moveKeys = keys.toMoveKeys(name, batch);
    await renewLock();
    const args = [keyTtlMs, isLast ? 1 : 0, ...batch];
    const moved = Number(await client.eval(MOVE_DASHBOARD_SCRIPT, moveKeys.length, ...moveKeys, ...args));
    if (isLast || moved === 0) return moved;
  }
}
