/** Whether the service is open to all who reach it: only where none but this machine does. */
import { isIP } from 'node:net';
import type { Config } from './config.js';

type AccessVariables = Pick<
  Config,
  'HOST' | 'READ_TOKENS' | 'WRITE_TOKENS' | 'ADMIN_TOKENS' | 'JWT_ISSUER' | 'ALLOW_ANONYMOUS'
>;

/** Whether a host to listen on is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether there are tokens, of its own or of an issuer. */
export function acceptsTokens({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS, JWT_ISSUER }: AccessVariables): boolean {
  return JWT_ISSUER !== '' || [READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS].some((list) => list.tokens.length > 0);
}

/** Whether it is said who may do what. */
export function hasAccessRules(config: AccessVariables): boolean {
  return acceptsTokens(config) || config.ALLOW_ANONYMOUS !== 'none';
}

/** Whether everybody may do everything. */
export function isUnrestricted(config: AccessVariables): boolean {
  return !hasAccessRules(config) && isLoopback(config.HOST);
}
