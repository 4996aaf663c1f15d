/** The client of @hey-api/openapi-ts. It sends the token itself, as the document's `security` says. */
import { addOrder, addToCounter, defineDashboard, listDashboards, removeFromCounter } from '../generated/hey-api';
import { createClient } from '../generated/hey-api/client';
import { AMOUNT, type Counted, type Target, TOO_MUCH } from './target';

export async function countWithHeyApi({ url, token, dashboard }: Target): Promise<Counted> {
  const client = createClient({ baseUrl: url, auth: token, headers: { Accept: 'application/json' } });
  const path = { dashboard, counter: 'orders' };
  await defineDashboard({ client, path: { dashboard }, body: { counters: { orders: { title: 'Orders' } } } });
  const main = await addOrder({ client });
  const added = await addToCounter({ client, path, body: { amount: AMOUNT } });
  const { error } = await removeFromCounter({ client, path, body: { amount: TOO_MUCH } });
  // @ts-expect-error -- no problem of this route has the code
  if (error?.code === 'counter-full') throw new Error(error.detail);
  const { data } = await listDashboards({ client });
  return {
    orders: added.data?.counters['orders'],
    mainOrders: typeof main.data === 'object' ? main.data.counters['orders'] : undefined,
    code: error?.code,
    isListed: data?.dashboards.some(({ name }) => name === dashboard) ?? false,
  };
}
