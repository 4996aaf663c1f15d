/** Access rules of a configuration. Only a service that no other machine can reach may be unrestricted. */
import { isIP } from 'node:net';
import type { Config } from './config.js';

type AccessVariables = Pick<
  Config,
  'HOST' | 'READ_TOKENS' | 'WRITE_TOKENS' | 'ADMIN_TOKENS' | 'JWT_ISSUER' | 'ALLOW_ANONYMOUS'
>;

/** True if a host to listen on is only reachable from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** True if static tokens or an issuer of JWTs are configured. */
export function acceptsTokens({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS, JWT_ISSUER }: AccessVariables): boolean {
  return JWT_ISSUER !== '' || [READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS].some((list) => list.tokens.length > 0);
}

/** True if the configuration says who may do what. */
export function hasAccessRules(config: AccessVariables): boolean {
  return acceptsTokens(config) || config.ALLOW_ANONYMOUS !== 'none';
}

/** True if every request may do everything. */
export function isUnrestricted(config: AccessVariables): boolean {
  return !hasAccessRules(config) && isLoopback(config.HOST);
}
