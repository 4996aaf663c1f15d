/** The client of swagger-typescript-api. It throws the response of a problem. */
import { Api, type HttpResponse, type Problem } from '../generated/swagger-typescript-api/client';
import { AMOUNT, type Counted, createHeaders, type Target, TOO_MUCH } from './target';

export async function countWithSwaggerTypescriptApi({ url, token, dashboard }: Target): Promise<Counted> {
  const api = new Api({ baseUrl: url, baseApiParams: { headers: createHeaders(token) } });
  await api.dashboards.defineDashboard(dashboard, { counters: { orders: { title: 'Orders' } } });
  const main = await api.order.addOrder();
  const added = await api.dashboards.addToCounter(dashboard, 'orders', { amount: AMOUNT });
  const refused = await api.dashboards
    .removeFromCounter(dashboard, 'orders', { amount: TOO_MUCH })
    .catch((response: HttpResponse<unknown, Problem>) => response);
  const list = await api.dashboards.listDashboards();
  return {
    orders: added.data.counters['orders'],
    mainOrders: main.data.counters['orders'],
    code: refused.error?.code,
    isListed: list.data.dashboards.some(({ name }) => name === dashboard),
  };
}
