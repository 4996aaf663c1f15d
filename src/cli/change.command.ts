/** `tallyboard add` and `tallyboard remove`: change one counter and print the outcome. */
import { change } from '../client/client.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';

export interface ChangeCommandOptions {
  readonly dashboard: string;
  readonly key?: string;
  readonly reason?: string;
  readonly tokenFile?: string;
  /** Seconds after which no further retry starts. */
  readonly timeout: number;
  readonly json?: boolean;
}

/**
 * Adds `by`, which may be negative, to a counter and prints the outcome.
 * @throws RefusedError, UnavailableError
 */
export async function changeCounter(
  url: URL,
  counter: string,
  by: number,
  { dashboard, key, reason, tokenFile, timeout, json }: ChangeCommandOptions,
  env: CommandEnvironment,
): Promise<void> {
  const token = createTokenReader(tokenFile, env);
  const outcome = await change(url, {
    dashboard,
    changes: [{ counter, by }],
    maxRetryMs: timeout * 1_000,
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(token !== undefined && { token }),
  });
  const { counters, revision, replayed } = outcome;
  const text = `${counter} ${counters[counter]} (revision ${revision}${replayed ? ', already counted' : ''})`;
  process.stdout.write(`${json ? JSON.stringify(outcome) : text}\n`);
}
