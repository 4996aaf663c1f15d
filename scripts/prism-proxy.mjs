/** Calls the service through Prism, which compares each request and response with the OpenAPI document. */

/** Calls beyond the `GET` of every path. Those that are refused show that the document knows the problem. */
const CALLS = [
  { method: 'PUT', path: '/dashboards/main', body: { counters: { orders: { title: 'Orders' } } }, status: 200 },
  {
    method: 'PUT',
    path: '/dashboards/kiosk',
    body: { title: 'Kiosk', counters: { orders: {}, visits: { kind: 'gauge' } } },
    status: 201,
  },
  { method: 'PATCH', path: '/dashboards/kiosk', body: { title: 'Till' }, status: 200 },
  { method: 'POST', path: '/order', status: 200 },
  { method: 'DELETE', path: '/order', status: 200 },
  { method: 'POST', path: '/dashboards/kiosk/counters/orders/add', body: { amount: 3 }, status: 200 },
  { method: 'POST', path: '/dashboards/kiosk/counters/orders/remove', body: { amount: 9 }, status: 400 },
  {
    method: 'POST',
    path: '/dashboards/kiosk/changes',
    body: { changes: [{ counter: 'orders', by: 1 }], reason: 'trial' },
    status: 200,
  },
  { method: 'POST', path: '/dashboards/kiosk/changes', body: { undoes: 2 }, status: 200 },
  { method: 'POST', path: '/dashboards/kiosk/changes', body: { undoes: 2 }, status: 409 },
  { method: 'POST', path: '/dashboards/nowhere/counters/orders/add', body: { amount: 1 }, status: 404 },
  { method: 'POST', path: '/tickets', body: { dashboard: 'kiosk' }, status: 200 },
  { method: 'GET', path: '/dashboards/kiosk?periods=day,month&totals', status: 200 },
  { method: 'GET', path: '/dashboards/kiosk/history?step=1h', status: 200 },
  { method: 'GET', path: '/dashboards/kiosk/history', headers: { Accept: 'text/csv' }, status: 200 },
  { method: 'POST', path: '/order', headers: { Accept: 'text/plain', 'Idempotency-Key': 'order-1' }, status: 200 },
  { method: 'POST', path: '/order', headers: { 'Idempotency-Key': 'order-1' }, status: 200 },
  { method: 'PATCH', path: '/dashboards/kiosk', body: {}, headers: { 'If-Match': '"none"' }, status: 412 },
  { method: 'GET', path: '/dashboards/nowhere', status: 404 },
  { method: 'POST', path: '/hooks/nowhere', body: { id: 'evt_1' }, status: 404 },
  { method: 'DELETE', path: '/dashboards/kiosk/counters/visits', status: 204 },
  { method: 'DELETE', path: '/dashboards/kiosk', status: 204 },
];

/**
 * Lists the `GET` requests of every path, with the examples of their parameters.
 * @param {{ paths: Record<string, { get?: { parameters?: { name: string, example?: string }[] } }> }} openApi
 */
function listReads({ paths }) {
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (!get) return [];
    const examples = new Map((get.parameters ?? []).map(({ name, example }) => [name, example]));
    return [{ method: 'GET', path: path.replaceAll(/\{(\w+)\}/g, (_, name) => examples.get(name) ?? '') }];
  });
}

/**
 * Sends a call. @returns what is wrong with its request or its response, if anything is
 * @param {{ method: string, path: string, headers?: Record<string, string>, body?: unknown, status?: number }} call
 */
async function findFault(url, token, call) {
  const { method, path, body, headers: ownHeaders } = call;
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json, */*;q=0.5',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...ownHeaders,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const line = `${method} ${path} was answered with ${response.status}`;
  const violations = response.headers.get('sl-violations') ?? (text.includes('stoplight.io/prism') ? text : undefined);
  if (violations) return `${line}: ${violations}`;
  return (call.status ?? response.status) === response.status ? undefined : `${line}, not ${call.status}: ${text}`;
}

/**
 * Sends all calls, in order.
 * @returns how many
 * @throws Error with every violation, and every status that was not expected
 */
export async function callThroughPrism(url, token, openApi) {
  const calls = [...CALLS, ...listReads(openApi)];
  const faults = [];
  for (const call of calls) faults.push(await findFault(url, token, call));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new Error(`Prism found ${found.length} faults:\n${found.join('\n')}`);
  return calls.length;
}
