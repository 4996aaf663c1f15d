/** Requests whose data is kept for later versions (`make-fixtures.mjs`), and what is read afterwards. */

const DAY_MS = 86_400_000;
/** So that nothing of the data ever expires. */
const CENTURY_S = 36_500 * 86_400;
const SECRETS = { till1: 'till1-0123456789abcdef', till2: 'till2-0123456789abcdef', admin: 'admin-0123456789abcdef' };

/** Midnight three days ago: minutes of then are still kept. */
const PAST_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 3 * DAY_MS;

const SHOP = {
  title: 'Shop „ß“',
  timeZone: 'Europe/Berlin',
  dayStartsAt: '04:00',
  counters: {
    sales: { title: 'Sales', singular: 'sale', headline: 'day', target: { value: 300, per: 'day' } },
    revenue: { title: 'Revenue', currency: 'EUR', min: null },
    stock: {
      title: 'In stock',
      kind: 'gauge',
      thresholds: [
        { at: 0, level: 'bad' },
        { at: 40, level: 'good' },
      ],
    },
  },
  measures: { basket: { title: 'Basket', ratio: ['revenue', 'sales'] } },
  layout: { groups: [{ title: 'Today', tiles: [{ show: 'sales' }, { show: 'basket' }] }] },
};

const PAST_LINES = [
  { at: PAST_MS, counters: { visits: { added: 12, removed: 1 }, queue: { value: 7 } } },
  { at: PAST_MS + 90_000_000, counters: { visits: { added: 30 }, queue: { value: 3 } } },
  { at: PAST_MS + 2 * DAY_MS, counters: { visits: { removed: 2 } } },
];

/** A rule that nothing fires. */
const RULE = {
  when: { of: 'revenue', above: 9_007_199_254_740_000 },
  notify: [{ url: 'https://example.com/', secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3' }],
};

const change = (who, path, body, key) => ({ who, method: 'POST', path: `/dashboards/${path}/changes`, body, key });

const REQUESTS = [
  { who: 'admin', method: 'PUT', path: '/dashboards/shop', body: SHOP },
  {
    who: 'admin',
    method: 'PUT',
    path: '/dashboards/past',
    body: { counters: { visits: {}, queue: { kind: 'gauge' } } },
  },
  { who: 'admin', method: 'POST', path: '/dashboards/past/history', lines: PAST_LINES },
  { who: 'admin', method: 'PUT', path: '/dashboards/shop/rules/never', body: RULE },
  { who: 'till1', method: 'POST', path: '/order', key: '1001' },
  { who: 'till2', method: 'POST', path: '/order', key: '1001' },
  { who: 'till1', method: 'DELETE', path: '/product', key: '1002' },
  { who: 'till2', method: 'POST', path: '/sign-up' },
  change(
    'till1',
    'main',
    {
      changes: [
        { counter: 'orders', by: 4 },
        { counter: 'customers', to: 9 },
      ],
      reason: 'Größe',
    },
    '1003',
  ),
  change(
    'till1',
    'shop',
    {
      changes: [
        { counter: 'sales', by: 3 },
        { counter: 'revenue', by: 4_250 },
        { counter: 'stock', to: 55 },
      ],
    },
    '1001',
  ),
  change('till2', 'shop', { changes: [{ counter: 'revenue', by: -9_007_199_254_740_991 }] }, '!"~\\'),
  change('till2', 'shop', { changes: [{ counter: 'sales', by: -9 }] }, 'refused'),
  change('till1', 'shop', { undoes: 2 }, 'undo'),
  change('till1', 'shop', { undoes: 2 }, 'undone'),
];

const READS = ['main', 'shop', 'past'].flatMap((name) => [
  `/dashboards/${name}?totals`,
  `/dashboards/${name}/definition`,
  `/dashboards/${name}/changes?limit=100`,
]);
/** These depend on the time of day, so they are read from the embedded store only: tests can set its clock. */
const TIMED_READS = [
  `/dashboards/past/history?from=${PAST_MS}&to=${PAST_MS + 2 * DAY_MS + 3_600_000}&step=1h`,
  `/dashboards/past/periods?period=day&before=${PAST_MS + 3 * DAY_MS}&count=3`,
];

/** Variables of a service that takes the requests, as {@link Config} has them. */
export function createSettings(TokenList) {
  const { admin, ...tills } = SECRETS;
  const WRITE_TOKENS = TokenList.parse(
    Object.entries(tills)
      .map((entry) => entry.join(':'))
      .join(),
  );
  const ADMIN_TOKENS = TokenList.parse(`admin:${admin}`);
  return { WRITE_TOKENS, ADMIN_TOKENS, IDEMPOTENCY_KEY_TTL_S: CENTURY_S, LEDGER_RETENTION_S: CENTURY_S };
}

async function send(url, { who, method, path, body, lines, key }) {
  const headers = { Authorization: `Bearer ${SECRETS[who]}`, Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (lines) headers['Content-Type'] = 'application/x-ndjson';
  if (key) headers['Idempotency-Key'] = key;
  const text = lines?.map((line) => JSON.stringify(line)).join('\n') ?? JSON.stringify(body);
  const response = await fetch(url + path, { method, headers, ...(text !== undefined && { body: text }) });
  return { status: response.status, answer: await response.json() };
}

/** Leaves out what depends on the time at which periods are read. */
function withoutNow({ dashboard, timeZone, period, rows }) {
  return { dashboard, timeZone, period, rows: rows.map(({ start, end, counters }) => ({ start, end, counters })) };
}

/** Sends all requests. @returns the ones with a key and their answers, and what can be read afterwards, by path */
export async function recordData(url, { timed }) {
  const requests = [];
  for (const request of REQUESTS) {
    const { status, answer } = await send(url, request);
    if (status >= 500 || (status >= 400 && !request.key)) throw new Error(JSON.stringify([request, status, answer]));
    const { who, method, path, body, key } = request;
    // An occurrence has an id of its own in each answer.
    const { title, detail, code, ...outcome } = answer;
    if (key)
      requests.push({ who, method, path, body, key, status, answer: status < 400 ? outcome : { title, detail, code } });
  }
  const reads = {};
  for (const path of timed ? [...READS, ...TIMED_READS] : READS) {
    const { status, answer } = await send(url, { who: 'admin', method: 'GET', path });
    if (status !== 200) throw new Error(JSON.stringify([path, status, answer]));
    reads[path] = path.includes('/periods?') ? withoutNow(answer) : answer;
  }
  return { at: Date.now(), requests, reads };
}
