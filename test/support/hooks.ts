/** Files of hooks, and events as their providers sign and send them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from './temp-directory.js';

/** Writes a HOOKS_FILE and returns its path. JSON is YAML. @param hooks by name */
export function writeHooksFile(hooks: Readonly<Record<string, unknown>>, directory = createTempDirectory()): string {
  const path = join(directory, 'hooks.yaml');
  writeFileSync(path, JSON.stringify({ hooks }));
  return path;
}

/** A request that a provider sends. */
export interface ProviderRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a request to a hook. @returns the status, and the outcome or the code of the problem */
export async function postToHook(
  url: string,
  hook: string,
  { headers, body }: ProviderRequest,
): Promise<readonly [status: number, outcome: string | undefined]> {
  const response = await fetch(`${url}/hooks/${hook}`, { method: 'POST', headers, body });
  const answer = (await response.json()) as { readonly outcome?: string; readonly code?: string };
  return [response.status, answer.outcome ?? answer.code];
}
