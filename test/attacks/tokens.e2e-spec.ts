/** Attacks with tokens: none, wrong ones, others' ones, in odd places and odd shapes. */
import { createAttack, type Attack, authorizeAs, describeAttacks, SECRETS } from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const STREAM = { Accept: 'text/event-stream' };
const LINES = { 'Content-Type': 'application/x-ndjson' };
const LINE = '{"dashboard":"shop","changes":[{"counter":"sales","by":1}]}\n';

const challenge = (error?: string) => ({
  'www-authenticate': `Bearer realm="tallyboard"${error === undefined ? '' : `, error="${error}"`}`,
});

/** Without a token that is looked at. */
function nobody(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): Attack {
  return { ...createAttack(line, headers, 401, 'token-required', body), headers: challenge() };
}
function wrong(authorization: string, line = 'POST /product'): Attack {
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
function inAddress(line: string): Attack {
  return createAttack(line, {}, 400, 'token-in-address');
}
function upgrade(
  headers: Readonly<Record<string, string>>,
  status: number,
  code: Attack['code'],
  line?: string,
): Attack {
  return { sent: formatHandshake(headers, line), status, code };
}

const WITHOUT: Readonly<Record<string, Attack>> = {
  'a change': nobody('POST /product'),
  'a removal': nobody('DELETE /dashboards/shop'),
  'a definition': nobody('PUT /dashboards/mine', JSON_TYPE, '{"counters":{}}'),
  'a stream of changes': nobody('POST /changes', LINES, LINE),
  'a reading': nobody('GET /dashboard'),
  'a reading of the headers alone': nobody('HEAD /dashboard'),
  'a list': nobody('GET /dashboards'),
  'a stream of events': nobody('GET /dashboard', STREAM),
  'a WebSocket': upgrade({}, 401, 'token-required'),
  'a WebSocket of a dashboard that is not there': upgrade({}, 401, 'token-required', 'GET /dashboards/nowhere'),
  'a dashboard that is not there': nobody('GET /dashboards/nowhere'),
  'a ticket': nobody('POST /tickets', JSON_TYPE, '{"dashboard":"main"}'),
  'a body that is not well formed': nobody('PUT /dashboards/shop', JSON_TYPE, '[]'),
};

const ELSEWHERE: Readonly<Record<string, Attack>> = {
  'in a cookie': nobody('POST /product', { Cookie: `token=${SECRETS.clerk}; Authorization=Bearer ${SECRETS.clerk}` }),
  'in a header of another name': nobody('POST /product', { 'X-Api-Key': SECRETS.clerk }),
  'in a header for proxies': nobody('POST /product', { 'Proxy-Authorization': `Bearer ${SECRETS.clerk}` }),
  'in a header with an underscore': nobody('POST /product', { HTTP_AUTHORIZATION: `Bearer ${SECRETS.clerk}` }),
  'in the body': nobody(
    'POST /dashboards/main/counters/products/add',
    JSON_TYPE,
    JSON.stringify({ amount: 1, token: SECRETS.clerk }),
  ),
  'in a form': nobody('POST /product', JSON_TYPE, JSON.stringify(`access_token=${SECRETS.clerk}`)),
  'in the subprotocol': upgrade(
    { 'Sec-WebSocket-Protocol': `tallyboard.v1, bearer.${SECRETS.reader}` },
    401,
    'token-required',
  ),
  'in the query': inAddress(`POST /product?token=${SECRETS.clerk}`),
  'in the query as RFC 6750 has it': inAddress(`GET /dashboard?access_token=${SECRETS.reader}`),
  'in the query in capitals': inAddress(`GET /dashboard?TOKEN=${SECRETS.reader}`),
  'in the query behind another parameter': inAddress(`GET /dashboard?totals&Token=${SECRETS.reader}`),
  'in the query of a WebSocket': upgrade({}, 400, 'token-in-address', `GET /dashboard?token=${SECRETS.reader}`),
  'in the query as a ticket': upgrade({}, 401, 'ticket-invalid', `GET /dashboard?ticket=${SECRETS.reader}`),
  'in the address, before the host': nobody(`GET http://${SECRETS.reader}@localhost/dashboard`),
};

const SHAPES: Readonly<Record<string, Attack>> = {
  'that is not known': wrong('Bearer not-a-secret-of-anybody'),
  'that lacks its last character': wrong(`Bearer ${SECRETS.clerk.slice(0, -1)}`),
  'with one character more': wrong(`Bearer ${SECRETS.clerk}0`),
  'in capitals': wrong(`Bearer ${SECRETS.clerk.toUpperCase()}`),
  'with its name': wrong(`Bearer clerk:${SECRETS.clerk}`),
  'in quotes': wrong(`Bearer "${SECRETS.clerk}"`),
  'of no scheme': wrong(SECRETS.clerk),
  'of scheme Basic': wrong(`Basic ${Buffer.from(`clerk:${SECRETS.clerk}`).toString('base64')}`),
  'of scheme Token': wrong(`Token ${SECRETS.clerk}`),
  'of an empty header': wrong(''),
  'of a scheme alone': wrong('Bearer'),
  'after a tab': wrong(`Bearer\t${SECRETS.clerk}`),
  'and another': wrong(`Bearer ${SECRETS.clerk} ${SECRETS.clerk}`),
  'and another, with a comma': wrong(`Bearer ${SECRETS.clerk}, Bearer ${SECRETS.clerk}`),
  'of 15,000 characters': wrong(`Bearer ${'x'.repeat(15_000)}`),
  'that is not ASCII': wrong('Bearer tökèn-\u00ff'),
  'of the name of a property': wrong('Bearer __proto__'),
  'that looks like a JWT where there is no issuer': wrong('Bearer e30.e30.e30'),
  'that is unknown, for a stream of events': { ...wrong('Bearer nobody', 'GET /dashboard') },
  'that is unknown, for a WebSocket': upgrade({ Authorization: 'Bearer nobody' }, 401, 'token-invalid'),
  'in the second of two headers': {
    sent: formatRequest('POST /product', { Authorization: 'Bearer x', authorization: `Bearer ${SECRETS.clerk}` }),
    status: 401,
    code: 'token-invalid',
  },
  'with a NUL behind it': createAttack(
    'POST /product',
    { Authorization: `Bearer ${SECRETS.clerk}\0` },
    400,
    'invalid-request',
  ),
  'on a line that is folded': createAttack(
    'POST /product',
    { Authorization: `Bearer\r\n ${SECRETS.clerk}` },
    400,
    'invalid-request',
  ),
};

const TOO_LITTLE: Readonly<Record<string, Attack>> = {
  'a reader, to count': forbidden('reader', 'POST /product'),
  'a reader, to stream': forbidden('reader', 'POST /changes', LINES, LINE),
  'a reader, to define': forbidden('reader', 'PUT /dashboards/shop', JSON_TYPE, '{"counters":{}}'),
  'a clerk, to define': forbidden('clerk', 'PUT /dashboards/shop', JSON_TYPE, '{"counters":{"more":{}}}'),
  'a clerk, to delete a dashboard': forbidden('clerk', 'DELETE /dashboards/shop'),
  'a clerk, to delete a counter': forbidden('clerk', 'DELETE /dashboards/shop/counters/sales'),
  'a clerk of shop, to count in main': forbidden('shopClerk', 'POST /product'),
  'a clerk of shop, to count in main by its name': forbidden(
    'shopClerk',
    'POST /dashboards/main/counters/products/add',
  ),
  'an administrator of shop, to make another': forbidden(
    'shopAdmin',
    'PUT /dashboards/mine',
    JSON_TYPE,
    '{"counters":{}}',
  ),
  'an administrator of shop, to delete in main': forbidden('shopAdmin', 'DELETE /dashboards/main/counters/products'),
  'a reader of shop, to read main': forbidden('shopReader', 'GET /dashboard'),
  'a reader of shop, to read the counters of main': forbidden('shopReader', 'GET /dashboards/main/counters'),
  'a reader of shop, to read the ledger of main': forbidden('shopReader', 'GET /dashboards/main/changes'),
  'a reader of shop, to read the history of main': forbidden('shopReader', 'GET /dashboards/main/history'),
  'a reader of shop, to find out what there is': forbidden('shopReader', 'GET /dashboards/nowhere'),
  'a reader of shop, to watch main as events': forbidden('shopReader', 'GET /dashboards/main', STREAM),
  'a reader of shop, to watch main': upgrade(authorizeAs('shopReader'), 403, 'forbidden'),
  'a reader of shop, for a ticket to main': forbidden('shopReader', 'POST /tickets', JSON_TYPE, '{"dashboard":"main"}'),
};

const OVERRIDE = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE' };

describeAttacks('Attacks with tokens', {}, ({ expectRefused, connect, expectUntouched }) => {
  describe.each([
    ['no token is taken for', WITHOUT],
    ['no token is found', ELSEWHERE],
    ['no token is taken', SHAPES],
    ['this is not allowed to', TOO_LITTLE],
  ])('%s', (_, attacks) => {
    it.each(Object.entries(attacks))('%s', async (_name, one) => {
      await expectRefused(one);
    });
  });

  it('a method that a header names in place of the true one is not looked at', async () => {
    const client = await connect();
    client.send(formatRequest('GET /dashboards/shop?_method=DELETE', { ...authorizeAs('admin'), ...OVERRIDE }));
    expect((await client.readResponse()).status).toBe(200);
    await expectRefused(
      createAttack('POST /dashboards/shop', { ...authorizeAs('admin'), ...OVERRIDE }, 405, 'method-not-allowed'),
    );
    await expectUntouched();
  });

  it('of 500 secrets that differ in one place from a true one, none is told from another by its answer', async () => {
    const client = await connect();
    const answers = new Set<string>();
    for (let at = 0; at < 500; at += 1) {
      const guess = SECRETS.admin.slice(0, at % SECRETS.admin.length) + String.fromCharCode(33 + (at % 94));
      client.send(formatRequest('DELETE /dashboards/shop', { Authorization: `Bearer ${guess}` }));
      const { status, headers, body } = await client.readResponse();
      answers.add(JSON.stringify([status, Object.keys(headers), body]));
    }
    expect([...answers]).toHaveLength(1);
    await expectUntouched();
  });
});
