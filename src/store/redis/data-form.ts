/**
 * The form of the data in Redis: a number under the prefix, and in the hash of each dashboard. No number stands for the
 * first form. Each script is given the number that its instance knows, and refuses before it writes when another one is
 * there. data-form-move.ts moves earlier forms on.
 */
import { Cluster } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import type { RedisClient } from './client-factory.js';
import type { RedisKeys } from './keys.js';
import { StoreOpenError } from '../store-open.error.js';

/** The form that this version reads and writes. */
export const DATA_FORM = 3;

/** Field of a dashboard's hash with the number of its form. */
export const FORM_FIELD = 'form';

/** Describes data of another form. `what` is what has it: a dashboard or a prefix. */
export function describeOtherForm(what: string, form: string): string {
  const remedy =
    Number(form) < DATA_FORM
      ? 'stop all instances of the earlier version and start the service of this version, which moves the data on'
      : 'run the same version on all instances, or set another REDIS_PREFIX';
  return `${what} has data form ${form}, this version has form ${DATA_FORM}: ${remedy}`;
}

/** @returns true if `form`, as it is stored in a dashboard, is the form of this version */
export function isKnownForm(form: string | null | undefined): boolean {
  return Number(form ?? 1) === DATA_FORM;
}

/**
 * Checks the form without moving anything, for commands that may run beside instances of another version.
 * @returns the permanent fault, if the data under the prefix has another form
 */
export async function findFormFault(client: RedisClient, keys: RedisKeys): Promise<StoreOpenError | undefined> {
  return ignoreMissingMaster(client, async () => {
    const form = await client.get(keys.formKey);
    if (isKnownForm(form) || (form === null && (await client.zcard(keys.namesKey)) === 0)) return undefined;
    return createFormFault(keys, form ?? '1');
  });
}

export function createFormFault(keys: RedisKeys, form: string): StoreOpenError {
  return new StoreOpenError(describeOtherForm(`the prefix ${keys.prefix}`, form));
}

/** The master of a Cluster that has the number may be away; the scripts of the other dashboards check theirs. */
export async function ignoreMissingMaster<T>(client: RedisClient, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (client instanceof Cluster && !errorMessage(error).startsWith('NOPERM')) return undefined;
    throw error;
  }
}
