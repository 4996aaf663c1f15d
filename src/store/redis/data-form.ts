/**
 * The form of the data in Redis: a number under the prefix, and in the hash of each dashboard that was moved on to it.
 * No number stands for the first form. Each script is given the number that its instance knows, and refuses before it
 * writes when another one is there.
 */
import { Cluster } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import type { RedisClient } from './client-factory.js';
import type { RedisKeys } from './keys.js';
import { StoreOpenError } from '../store-open.error.js';

/** The form that this version reads and writes. */
export const DATA_FORM = 1;

/** Field of a dashboard's hash with the number of its form. */
export const FORM_FIELD = 'form';

/** Describes data of another form. `what` is what has it: a dashboard or a prefix. */
export function describeOtherForm(what: string, form: string): string {
  return `${what} has data form ${form}, this version has form ${DATA_FORM}: run the same version on all instances, or set another REDIS_PREFIX`;
}

/** @returns true if `form`, as it is stored, is the form of this version */
export function isKnownForm(form: string | null | undefined): boolean {
  return Number(form ?? 1) === DATA_FORM;
}

/** @returns the permanent fault, if the data under the prefix has another form */
export async function findFormFault(client: RedisClient, keys: RedisKeys): Promise<StoreOpenError | undefined> {
  const form = await readPrefixForm(client, keys);
  return isKnownForm(form) ? undefined : new StoreOpenError(describeOtherForm(`the prefix ${keys.prefix}`, form ?? ''));
}

/** The master of a Cluster that has the key may be away; the scripts of the other dashboards check theirs. */
async function readPrefixForm(client: RedisClient, keys: RedisKeys): Promise<string | null> {
  try {
    return await client.get(keys.formKey);
  } catch (error) {
    if (client instanceof Cluster && !errorMessage(error).startsWith('NOPERM')) return null;
    throw error;
  }
}
