/** `tallyboard add` and `tallyboard remove`: one change of one counter, and what it came to. */
import { change } from '../client/client.js';
import { type Environment, tokenOf } from './bearer-token.js';

export interface ChangeOptions {
  readonly dashboard: string;
  readonly key?: string;
  readonly reason?: string;
  readonly tokenFile?: string;
  /** How long to try, seconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/**
 * Changes a counter by an amount and prints the outcome.
 * @throws RefusedError, UnavailableError
 */
export async function changeCounter(
  url: URL,
  counter: string,
  by: number,
  { dashboard, key, reason, tokenFile, timeout, json }: ChangeOptions,
  env: Environment,
): Promise<void> {
  const token = tokenOf(tokenFile, env);
  const outcome = await change(url, {
    dashboard,
    changes: [{ counter, by }],
    retryForMs: timeout * 1_000,
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(token !== undefined && { token }),
  });
  const { counters, revision, replayed } = outcome;
  const text = `${counter} ${counters[counter]} (revision ${revision}${replayed ? ', counted before' : ''})`;
  process.stdout.write(`${json ? JSON.stringify(outcome) : text}\n`);
}
