/** Attacks with tokens: missing, wrong, in other places, malformed, and without the required right. */
import {
  createAttack,
  type Attack,
  authorizeAs,
  describeAttacks,
  describeRefusals,
  SECRETS,
} from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const STREAM = { Accept: 'text/event-stream' };
const LINES = { 'Content-Type': 'application/x-ndjson' };
const LINE = '{"dashboard":"shop","changes":[{"counter":"sales","by":1}]}\n';

const challenge = (error?: string) => ({
  'www-authenticate': `Bearer realm="tallyboard"${error === undefined ? '' : `, error="${error}"`}`,
});

/** A request without an Authorization header. */
function withoutToken(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): Attack {
  return { ...createAttack(line, headers, 401, 'token-required', body), headers: challenge() };
}
function withAuthorization(authorization: string, line = 'POST /product'): Attack {
  return {
    ...createAttack(line, { Authorization: authorization }, 401, 'token-invalid'),
    headers: challenge('invalid_token'),
  };
}
function forbidden(
  who: keyof typeof SECRETS,
  line: string,
  more: Readonly<Record<string, string>> = {},
  body = '',
): Attack {
  return {
    ...createAttack(line, { ...authorizeAs(who), ...more }, 403, 'forbidden', body),
    headers: challenge('insufficient_scope'),
  };
}
function withTokenInUrl(line: string): Attack {
  return createAttack(line, {}, 400, 'token-in-address');
}
function upgrade(
  headers: Readonly<Record<string, string>>,
  status: number,
  code: Attack['code'],
  line?: string,
): Attack {
  return { request: formatHandshake(headers, line), status, code };
}

const WITHOUT: Readonly<Record<string, Attack>> = {
  'a change': withoutToken('POST /product'),
  'a deletion': withoutToken('DELETE /dashboards/shop'),
  'a definition': withoutToken('PUT /dashboards/mine', JSON_TYPE, '{"counters":{}}'),
  'a bulk upload': withoutToken('POST /changes', LINES, LINE),
  'a read': withoutToken('GET /dashboard'),
  'a HEAD request': withoutToken('HEAD /dashboard'),
  'a list': withoutToken('GET /dashboards'),
  'a stream of events': withoutToken('GET /dashboard', STREAM),
  'a WebSocket': upgrade({}, 401, 'token-required'),
  'a WebSocket of an unknown dashboard': upgrade({}, 401, 'token-required', 'GET /dashboards/nowhere'),
  'an unknown dashboard': withoutToken('GET /dashboards/nowhere'),
  'a ticket': withoutToken('POST /tickets', JSON_TYPE, '{"dashboard":"main"}'),
  'an invalid body': withoutToken('PUT /dashboards/shop', JSON_TYPE, '[]'),
};

const ELSEWHERE: Readonly<Record<string, Attack>> = {
  'in a cookie': withoutToken('POST /product', {
    Cookie: `token=${SECRETS.clerk}; Authorization=Bearer ${SECRETS.clerk}`,
  }),
  'in a header of another name': withoutToken('POST /product', { 'X-Api-Key': SECRETS.clerk }),
  'in a header for proxies': withoutToken('POST /product', { 'Proxy-Authorization': `Bearer ${SECRETS.clerk}` }),
  'in a header with an underscore': withoutToken('POST /product', { HTTP_AUTHORIZATION: `Bearer ${SECRETS.clerk}` }),
  'in the body': withoutToken(
    'POST /dashboards/main/counters/products/add',
    JSON_TYPE,
    JSON.stringify({ amount: 1, token: SECRETS.clerk }),
  ),
  'in a form': withoutToken('POST /product', JSON_TYPE, JSON.stringify(`access_token=${SECRETS.clerk}`)),
  'in the subprotocol': upgrade(
    { 'Sec-WebSocket-Protocol': `tallyboard.v1, bearer.${SECRETS.reader}` },
    401,
    'token-required',
  ),
  'in the query': withTokenInUrl(`POST /product?token=${SECRETS.clerk}`),
  'in the query as in RFC 6750': withTokenInUrl(`GET /dashboard?access_token=${SECRETS.reader}`),
  'in the query in capitals': withTokenInUrl(`GET /dashboard?TOKEN=${SECRETS.reader}`),
  'in the query after another parameter': withTokenInUrl(`GET /dashboard?totals&Token=${SECRETS.reader}`),
  'in the query of a WebSocket': upgrade({}, 400, 'token-in-address', `GET /dashboard?token=${SECRETS.reader}`),
  'in the query as a ticket': upgrade({}, 401, 'ticket-invalid', `GET /dashboard?ticket=${SECRETS.reader}`),
  'in the URL before the host': withoutToken(`GET http://${SECRETS.reader}@localhost/dashboard`),
};

const SHAPES: Readonly<Record<string, Attack>> = {
  'that is unknown': withAuthorization('Bearer not-a-secret-of-anybody'),
  'without its last character': withAuthorization(`Bearer ${SECRETS.clerk.slice(0, -1)}`),
  'with one character more': withAuthorization(`Bearer ${SECRETS.clerk}0`),
  'in capitals': withAuthorization(`Bearer ${SECRETS.clerk.toUpperCase()}`),
  'with its name': withAuthorization(`Bearer clerk:${SECRETS.clerk}`),
  'in quotes': withAuthorization(`Bearer "${SECRETS.clerk}"`),
  'without a scheme': withAuthorization(SECRETS.clerk),
  'with scheme Basic': withAuthorization(`Basic ${Buffer.from(`clerk:${SECRETS.clerk}`).toString('base64')}`),
  'with scheme Token': withAuthorization(`Token ${SECRETS.clerk}`),
  'an empty header': withAuthorization(''),
  'only the scheme': withAuthorization('Bearer'),
  'after a tab': withAuthorization(`Bearer\t${SECRETS.clerk}`),
  'followed by another': withAuthorization(`Bearer ${SECRETS.clerk} ${SECRETS.clerk}`),
  'followed by another after a comma': withAuthorization(`Bearer ${SECRETS.clerk}, Bearer ${SECRETS.clerk}`),
  'of 15,000 characters': withAuthorization(`Bearer ${'x'.repeat(15_000)}`),
  'that is not ASCII': withAuthorization('Bearer tökèn-\u00ff'),
  'named like a property of every object': withAuthorization('Bearer __proto__'),
  'that looks like a JWT, without an issuer': withAuthorization('Bearer e30.e30.e30'),
  'that is unknown, for a stream of events': { ...withAuthorization('Bearer nobody', 'GET /dashboard') },
  'that is unknown, for a WebSocket': upgrade({ Authorization: 'Bearer nobody' }, 401, 'token-invalid'),
  'in the second of two headers': {
    request: formatRequest('POST /product', { Authorization: 'Bearer x', authorization: `Bearer ${SECRETS.clerk}` }),
    status: 401,
    code: 'token-invalid',
  },
  'followed by a NUL': createAttack(
    'POST /product',
    { Authorization: `Bearer ${SECRETS.clerk}\0` },
    400,
    'invalid-request',
  ),
  'on a folded line': createAttack(
    'POST /product',
    { Authorization: `Bearer\r\n ${SECRETS.clerk}` },
    400,
    'invalid-request',
  ),
};

const TOO_LITTLE: Readonly<Record<string, Attack>> = {
  'a reader to change counters': forbidden('reader', 'POST /product'),
  'a reader to upload in bulk': forbidden('reader', 'POST /changes', LINES, LINE),
  'a reader to define a dashboard': forbidden('reader', 'PUT /dashboards/shop', JSON_TYPE, '{"counters":{}}'),
  'a clerk to define a dashboard': forbidden('clerk', 'PUT /dashboards/shop', JSON_TYPE, '{"counters":{"more":{}}}'),
  'a clerk to delete a dashboard': forbidden('clerk', 'DELETE /dashboards/shop'),
  'a clerk to delete a counter': forbidden('clerk', 'DELETE /dashboards/shop/counters/sales'),
  'a clerk of shop to change main by a short route': forbidden('shopClerk', 'POST /product'),
  'a clerk of shop to change main by its name': forbidden('shopClerk', 'POST /dashboards/main/counters/products/add'),
  'an administrator of shop to create another dashboard': forbidden(
    'shopAdmin',
    'PUT /dashboards/mine',
    JSON_TYPE,
    '{"counters":{}}',
  ),
  'an administrator of shop to delete a counter of main': forbidden(
    'shopAdmin',
    'DELETE /dashboards/main/counters/products',
  ),
  'a reader of shop to read main': forbidden('shopReader', 'GET /dashboard'),
  'a reader of shop to read the counters of main': forbidden('shopReader', 'GET /dashboards/main/counters'),
  'a reader of shop to read the ledger of main': forbidden('shopReader', 'GET /dashboards/main/changes'),
  'a reader of shop to read the history of main': forbidden('shopReader', 'GET /dashboards/main/history'),
  'a reader of shop to find out if a dashboard exists': forbidden('shopReader', 'GET /dashboards/nowhere'),
  'a reader of shop to watch main as events': forbidden('shopReader', 'GET /dashboards/main', STREAM),
  'a reader of shop to watch main': upgrade(authorizeAs('shopReader'), 403, 'forbidden'),
  'a reader of shop to get a ticket for main': forbidden(
    'shopReader',
    'POST /tickets',
    JSON_TYPE,
    '{"dashboard":"main"}',
  ),
};

const OVERRIDE = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE' };

describeAttacks('Attacks with tokens', {}, ({ expectRefused, connect, expectUnchanged }) => {
  describeRefusals(
    [
      ['without a token 401 is returned for', WITHOUT],
      ['a token is not accepted', ELSEWHERE],
      ['an invalid token is refused:', SHAPES],
      ['permission is denied to', TOO_LITTLE],
    ],
    expectRefused,
  );

  it('method override headers are ignored', async () => {
    const client = await connect();
    client.send(formatRequest('GET /dashboards/shop?_method=DELETE', { ...authorizeAs('admin'), ...OVERRIDE }));
    expect((await client.readResponse()).status).toBe(400);
    client.send(formatRequest('GET /dashboards/shop', { ...authorizeAs('admin'), ...OVERRIDE }));
    expect((await client.readResponse()).status).toBe(200);
    await expectRefused(
      createAttack('POST /dashboards/shop', { ...authorizeAs('admin'), ...OVERRIDE }, 405, 'method-not-allowed'),
    );
    await expectUnchanged();
  });

  it('500 secrets that share a prefix with a valid one get identical responses', async () => {
    const client = await connect();
    const answers = new Set<string>();
    for (let at = 0; at < 500; at += 1) {
      const guess = SECRETS.admin.slice(0, at % SECRETS.admin.length) + String.fromCharCode(33 + (at % 94));
      client.send(formatRequest('DELETE /dashboards/shop', { Authorization: `Bearer ${guess}` }));
      const { status, headers, body } = await client.readResponse();
      answers.add(JSON.stringify([status, Object.keys(headers), body]));
    }
    expect([...answers]).toHaveLength(1);
    await expectUnchanged();
  });
});
