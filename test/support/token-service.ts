/** A service that asks for tokens, and the tokens that it knows. */
import { TokenList } from '../../src/config/token-list.js';
import type { Config } from '../../src/config/config.js';
import { createCaller } from './api-client.js';

/** Secrets, by what they may do: watch, count, count in dashboard `shop` alone, everything. */
export const SECRETS = {
  reader: 'reader-0123456789abcdef',
  clerk: 'clerk-0123456789abcdef',
  shopClerk: 'shop-clerk-0123456789abcdef',
  admin: 'admin-0123456789abcdef',
} as const;

/** The configuration that knows them. */
export const TOKEN_CONFIG: Partial<Config> = {
  READ_TOKENS: TokenList.parse(`reader:${SECRETS.reader}`),
  WRITE_TOKENS: TokenList.parse(`clerk:${SECRETS.clerk},shop-clerk@shop:${SECRETS.shopClerk}`),
  ADMIN_TOKENS: TokenList.parse(`admin:${SECRETS.admin}`),
};

export const authorizeWith = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Makes dashboard `shop` with its counter `sales` in a guarded service. */
export async function defineShop(url: string): Promise<void> {
  const counters = { sales: { title: 'Sales' } };
  await createCaller(url)('PUT /dashboards/shop', { title: 'Shop', counters }, authorizeWith(SECRETS.admin));
}
