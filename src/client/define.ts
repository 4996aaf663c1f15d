/** Makes a dashboard and its counters where they do not exist yet. */
import type { CounterDefinition } from '../counters/definition.js';
import type { DescribedDashboard, DescribeOptions } from './dashboards.js';
import { replaceDefinition, updateDefinition } from './definitions.js';
import { RefusedError } from './errors.js';

export interface DefineOptions extends DescribeOptions {
  /** Title of the dashboard. */
  readonly title?: string;
  /** Counters by name, which get these members; `{}` makes a counter with defaults. */
  readonly counters: Readonly<Record<string, CounterDefinition>>;
}

/**
 * Defines counters of a dashboard, which is created if there is none. Members and counters that are not named stay as
 * they are, and no value changes: a program may call it at each start. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request: `problem.errors` has a pointer for each fault;
 *   UnavailableError if it cannot serve it, or the reason of `signal`
 */
export async function define(
  url: string | URL,
  { title, counters, ...options }: DefineOptions,
): Promise<DescribedDashboard> {
  const definition = { ...(title !== undefined && { title }), counters };
  const update = (): Promise<DescribedDashboard> => updateDefinition(url, { ...options, patch: definition });
  try {
    return await update();
  } catch (error) {
    if (!isRefused(error, 'unknown-dashboard')) throw error;
  }
  try {
    return await replaceDefinition(url, { ...options, definition, isNew: true });
  } catch (error) {
    // Somebody else was first.
    if (isRefused(error, 'definition-changed')) return update();
    throw error;
  }
}

function isRefused(error: unknown, code: string): boolean {
  return error instanceof RefusedError && error.problem.code === code;
}
