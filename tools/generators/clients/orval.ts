/** The client of orval, based on `fetch`. */
import { addOrder, addToCounter, defineDashboard, listDashboards, removeFromCounter } from '../generated/orval';
import { setTarget } from './orval-request';
import { AMOUNT, type Counted, type Target, TOO_MUCH } from './target';

export async function countWithOrval({ url, token, dashboard }: Target): Promise<Counted> {
  setTarget({ url, token });
  await defineDashboard(dashboard, { counters: { orders: { title: 'Orders' } } });
  const main = await addOrder();
  const added = await addToCounter(dashboard, 'orders', { amount: AMOUNT });
  const removed = await removeFromCounter(dashboard, 'orders', { amount: TOO_MUCH });
  const list = await listDashboards();
  return {
    orders: added.status === 200 ? added.data.counters['orders'] : undefined,
    mainOrders: main.status === 200 && typeof main.data === 'object' ? main.data.counters['orders'] : undefined,
    code: removed.status === 400 ? removed.data.code : undefined,
    isListed: list.status === 200 && list.data.dashboards.some(({ name }) => name === dashboard),
  };
}
