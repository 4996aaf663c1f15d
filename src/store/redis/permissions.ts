/** Checks that the user of the connection may run everything that the store needs, before the first change. */
import type { RedisClient } from './client-factory.js';
import type { RedisKeys } from './keys.js';
import { CHECK_PERMISSIONS_SCRIPT } from './lua-scripts.js';
import { queryNodes } from './server-info.js';
import { StoreOpenError } from '../store-open.error.js';

/** Commands that a message names; more would hide what to do. */
const MAX_NAMED_COMMANDS = 5;

/** Describes commands that the user may not run, each with its key or channel, and what to grant. */
export function describeDenied(denied: readonly string[], prefix: string): string {
  const named = denied.slice(0, MAX_NAMED_COMMANDS).join(', ');
  const rest = denied.length > MAX_NAMED_COMMANDS ? ` and ${denied.length - MAX_NAMED_COMMANDS} more` : '';
  return `the user of REDIS_URL lacks the permission for ${named}${rest}: give it ~${prefix}:* &${prefix}:* +@all -@admin -@dangerous`;
}

/**
 * Asks the access list of the server, or of each master of a Cluster, about all commands, keys and the channel.
 * @returns the permanent fault, if a permission is missing
 * @throws an error reply, or a connection error
 */
export async function findPermissionFault(
  client: RedisClient,
  keys: RedisKeys,
  requiresConfirmation: boolean,
): Promise<StoreOpenError | undefined> {
  // Any dashboard will do: permissions are given by patterns of names.
  const args = [keys.toDashboardKey('main'), keys.namesKey, keys.toChannel('main'), requiresConfirmation ? '1' : '0'];
  const answers = await queryNodes(client, (node) => node.eval(CHECK_PERMISSIONS_SCRIPT, 0, ...args));
  const denied = [...new Set((answers as string[][]).flat())];
  return denied.length > 0 ? new StoreOpenError(describeDenied(denied, keys.prefix)) : undefined;
}
