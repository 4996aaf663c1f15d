/** Configuration and tokens of a service that requires authentication. */
import { TokenList } from '../../src/config/token-list.js';
import type { Config } from '../../src/config/config.js';
import { createCaller } from './api-client.js';

/** Secrets of the tokens: read, write, write to dashboard `shop` only, and admin. */
export const SECRETS = {
  reader: 'reader-0123456789abcdef',
  clerk: 'clerk-0123456789abcdef',
  shopClerk: 'shop-clerk-0123456789abcdef',
  admin: 'admin-0123456789abcdef',
} as const;

/** Configuration that accepts these tokens. */
export const TOKEN_CONFIG: Partial<Config> = {
  READ_TOKENS: TokenList.parse(`reader:${SECRETS.reader}`),
  WRITE_TOKENS: TokenList.parse(`clerk:${SECRETS.clerk},shop-clerk@shop:${SECRETS.shopClerk}`),
  ADMIN_TOKENS: TokenList.parse(`admin:${SECRETS.admin}`),
};

export const authorizeWith = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Creates dashboard `shop` with counter `sales`, using the admin token. */
export async function defineShop(url: string): Promise<void> {
  const counters = { sales: { title: 'Sales' } };
  await createCaller(url)('PUT /dashboards/shop', { title: 'Shop', counters }, authorizeWith(SECRETS.admin));
}
