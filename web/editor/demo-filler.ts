/** Makes a dashboard with a generated fortnight of a shop, as `tallyboard demo --backfill 14d` does. */
import { bookHistory, replaceDefinition } from '../../src/client/client.js';
import { createRecentPast } from '../../src/demo/recent-past.js';
import { SHOP_DEFINITION } from '../../src/demo/shop-definition.js';
import type { TokenOptions } from '../auth/session-token.js';

const DEMO_DAYS = 14;

/** @param dashboard that does not exist yet @throws RefusedError, UnavailableError */
export async function fillDemo(base: URL, dashboard: string, tokenOptions: TokenOptions): Promise<void> {
  const options = { dashboard, ...tokenOptions };
  await replaceDefinition(base, { definition: SHOP_DEFINITION, isNew: true, ...options });
  const seed = Math.floor(Math.random() * 1_000);
  const { lines } = createRecentPast(seed, DEMO_DAYS, Date.now());
  await bookHistory(base, { lines, ...options });
}
