/** The types of openapi-typescript, with the client of openapi-fetch. */
import createClient from 'openapi-fetch';
import type { paths } from '../generated/openapi-typescript';
import { AMOUNT, type Counted, createHeaders, type Target, TOO_MUCH } from './target';

export async function countWithOpenApiTypescript({ url, token, dashboard }: Target): Promise<Counted> {
  const client = createClient<paths>({ baseUrl: url, headers: createHeaders(token) });
  const path = { dashboard, counter: 'orders' };
  const body = { counters: { orders: { title: 'Orders' } } };
  await client.PUT('/dashboards/{dashboard}', { params: { path: { dashboard } }, body });
  const main = await client.POST('/order');
  const added = await client.POST('/dashboards/{dashboard}/counters/{counter}/add', {
    params: { path },
    body: { amount: AMOUNT },
  });
  const { error } = await client.POST('/dashboards/{dashboard}/counters/{counter}/remove', {
    params: { path },
    body: { amount: TOO_MUCH },
  });
  // @ts-expect-error -- no problem of this route has the code: the types have lost none of theirs, nor gained others
  if (error?.code === 'counter-full') throw new Error(error.detail);
  const { data } = await client.GET('/dashboards');
  return {
    orders: added.data?.counters['orders'],
    // A short route may answer with text too.
    mainOrders: typeof main.data === 'object' ? main.data.counters['orders'] : undefined,
    code: error?.code,
    isListed: data?.dashboards.some(({ name }) => name === dashboard) ?? false,
  };
}
