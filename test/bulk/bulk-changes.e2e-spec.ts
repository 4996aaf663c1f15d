/** `POST /changes`: one response line for each line, in order: an outcome or a problem. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startApp } from '../support/app.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { NDJSON_HEADERS, openBulkStream, createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

describe('a stream of change sets', () => {
  it('gets one outcome per line, in order, as NDJSON', async () => {
    const { url, dashboard } = await startApp();
    const lines = [
      createOrderLine(),
      createOrderLine({
        changes: [
          { counter: 'orders', by: 4 },
          { counter: 'products', to: 9 },
        ],
        reason: 'till',
      }),
      createOrderLine({ changes: [{ counter: 'orders', by: -2 }] }),
    ];
    const { status, headers, answers } = await postBulkChanges(url, lines.join(''));
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
    expect(answers).toEqual([
      { dashboard: 'main', revision: 1, at: expect.any(Number), counters: { orders: 1 }, replayed: false },
      { dashboard: 'main', revision: 2, at: expect.any(Number), counters: { orders: 5, products: 9 }, replayed: false },
      { dashboard: 'main', revision: 3, at: expect.any(Number), counters: { orders: 3 }, replayed: false },
    ]);
    expect((await dashboard()).counters).toEqual({ orders: 3, customers: 0, products: 9 });
  });

  it('is answered line by line: the first outcome arrives before the second line is sent', async () => {
    const { url } = await startApp();
    const { send, waitForAnswers, end, readAll, answers } = await openBulkStream(url);
    for (const count of [1, 2, 3]) {
      send(createOrderLine());
      await waitForAnswers(count);
      expect(answers.at(-1)).toMatchObject({ revision: count });
    }
    end();
    expect(await readAll()).toHaveLength(3);
  });

  it.each([
    ['of at most 1 MiB, is answered after the whole body has arrived', 2 ** 20, true],
    ['of more than 1 MiB, is answered line by line', 2 ** 20 + 1, false],
  ])('with Content-Length %s', async (_, length, isDeferred) => {
    const { url, dashboard } = await startApp({ STORE: 'memory' });
    const headers = { ...NDJSON_HEADERS, 'Content-Length': length };
    const request = http.request(`${url}/changes`, { method: 'POST', agent: false, headers });
    afterTest(() => request.destroy());
    const state = { answered: false };
    const response = once(request, 'response').then(([answer]) => {
      state.answered = true;
      return answer as IncomingMessage;
    });
    request.write(createOrderLine());
    if (!isDeferred) await response;
    await eventually(async () => (await dashboard()).revision === 1);
    expect(state.answered).toBe(!isDeferred);
    request.end(' '.repeat(length - createOrderLine().length).replaceAll(/ {1000}/g, `${' '.repeat(999)}\n`));
    const answers = Buffer.concat((await (await response).toArray()) as Buffer[]);
    expect(JSON.parse(String(answers))).toMatchObject({ revision: 1 });
  });

  it('may have blank lines, CRLF, a byte order mark and a last line without a newline', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    const text = `\uFEFF${createOrderLine().trim()}\r\n\r\n   \n${createOrderLine()}\n\n${createOrderLine().trim()}`;
    expect((await postBulkChanges(url, text)).answers.map(({ revision }) => revision)).toEqual([1, 2, 3]);
  });

  it('may be empty', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    for (const body of ['', '\n\n'])
      expect(await postBulkChanges(url, body)).toMatchObject({ status: 200, answers: [] });
    expect((await fetch(`${url}/changes`, { method: 'POST' })).status).toBe(200);
  });

  it('may arrive in chunks that split lines and characters', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    const { send, waitForAnswers, end, readAll } = await openBulkStream(url);
    const bytes = Buffer.from(createOrderLine({ reason: 'Käse für Übermorgen \u{1F9C0}' }).repeat(3));
    for (let from = 0; from < bytes.length; from += 1) send(bytes.subarray(from, from + 1));
    await waitForAnswers(3);
    end();
    expect(await readAll()).toHaveLength(3);
    const ledger = await (await fetch(`${url}/dashboards/main/changes`)).json();
    expect(ledger).toMatchObject({
      entries: Array.from({ length: 3 }, () => ({ reason: 'Käse für Übermorgen \u{1F9C0}' })),
    });
  });

  it('may be gzipped', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    const { answers } = await postBulkChanges(url, gzipSync(createOrderLine().repeat(5_000)), {
      'Content-Encoding': 'gzip',
    });
    expect(answers.map(({ revision }) => revision)).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
  });

  it('keeps the order of 9,000 lines over several dashboards', async () => {
    const { url } = await startApp();
    for (const name of ['a', 'b', 'c']) {
      await fetch(`${url}/dashboards/${name}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: '{"counters":{"orders":{}}}',
      });
    }
    const lines = Array.from({ length: 9_000 }, (_, index) => createOrderLine({ dashboard: 'abc'[index % 3] }));
    const { answers } = await postBulkChanges(url, lines.join(''));
    expect(answers.map(({ dashboard, revision }) => `${dashboard}${revision}`)).toEqual(
      lines.map((_, index) => `${'abc'[index % 3]}${Math.floor(index / 3) + 1}`),
    );
  });

  it('is answered completely while another one runs', async () => {
    const { url, dashboard } = await startApp();
    const both = await Promise.all([
      postBulkChanges(url, createOrderLine().repeat(5_000)),
      postBulkChanges(url, createOrderLine().repeat(5_000)),
    ]);
    const revisions = both.flatMap(({ answers }) => answers.map(({ revision }) => revision as number));
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    expect((await dashboard()).counters['orders']).toBe(10_000);
  });
});

describe('an invalid line', () => {
  const tooLong = `{"dashboard":"main","reason":"${'x'.repeat(70_000)}"}\n`;

  it.each<[string, string | Buffer, Record<string, unknown>]>([
    ['not JSON', '{"dashboard":\n', { status: 400, code: 'invalid-request', errors: [{ pointer: '' }] }],
    ['not an object', '[1]\n', { status: 400, code: 'invalid-request', errors: [{ pointer: '' }] }],
    ['without a dashboard', '{"changes":[{"counter":"orders","by":1}]}\n', { errors: [{ pointer: '/dashboard' }] }],
    [
      'with an invalid change',
      createOrderLine({ changes: [{ counter: 'orders', by: 0 }] }),
      { errors: [{ pointer: '/changes/0/by' }] },
    ],
    ['with an unknown field', createOrderLine({ at: 5 }), { errors: [{ pointer: '/at' }] }],
    ['with an invalid key', createOrderLine({ key: 'a b' }), { errors: [{ pointer: '/key' }] }],
    ['of an unknown dashboard', createOrderLine({ dashboard: 'mian' }), { status: 404, near: ['main'] }],
    [
      'of an unknown counter',
      createOrderLine({ changes: [{ counter: 'order', by: 1 }] }),
      { status: 404, near: ['orders'] },
    ],
    [
      'that removes too much',
      createOrderLine({ changes: [{ counter: 'customers', by: -1 }] }),
      { code: 'nothing-to-remove' },
    ],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), { status: 400, code: 'invalid-request' }],
    ['over 64 KiB', tooLong, { status: 413, code: 'body-too-large' }],
    ['far over 64 KiB', `"${'x'.repeat(3_000_000)}"\n`, { status: 413, code: 'body-too-large' }],
  ])('(%s) gets a problem with its line number, and the following lines are applied', async (_, line, problem) => {
    const { url, dashboard } = await startApp({ STORE: 'memory' });
    const { status, answers } = await postBulkChanges(
      url,
      Buffer.concat([createOrderLine(), '\n', line, createOrderLine()].map((part) => Buffer.from(part))),
    );
    expect(status).toBe(200);
    expect(answers).toMatchObject([
      { revision: 1 },
      { ...problem, line: 3, type: expect.any(String) },
      { revision: 2 },
    ]);
    expect((await dashboard()).counters).toEqual({ orders: 2, customers: 0, products: 0 });
  });

  it('that is the last and has no newline gets a problem too', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    expect((await postBulkChanges(url, `${createOrderLine()}{"dash`)).answers).toMatchObject([
      { revision: 1 },
      { status: 400, line: 2 },
    ]);
    expect((await postBulkChanges(url, `"${'x'.repeat(200_000)}`)).answers).toMatchObject([{ status: 413, line: 1 }]);
  });
});

describe('a request', () => {
  it.each([
    ['with another media type', { 'Content-Type': 'application/json' }, 415],
    ['without a media type', { 'Content-Type': '' }, 415],
    ['with an unknown encoding', { 'Content-Encoding': 'br' }, 415],
    ['with an invalid Idempotency-Key', { 'Idempotency-Key': 'a b' }, 400],
  ])('%s gets a problem and changes nothing', async (_, headers, status) => {
    const { url, dashboard } = await startApp({ STORE: 'memory' });
    const response = await fetch(`${url}/changes`, {
      method: 'POST',
      body: createOrderLine(),
      headers: { ...NDJSON_HEADERS, ...headers } as Record<string, string>,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect((await dashboard()).revision).toBe(0);
  });

  it('with Expect: 100-continue is told to continue', async () => {
    const { port } = await startApp({ STORE: 'memory' });
    const client = await connectRaw(port);
    const line = createOrderLine();
    client.send(
      formatRequest('POST /changes', {
        ...NDJSON_HEADERS,
        Expect: '100-continue',
        'Content-Length': String(line.length),
      }),
    );
    expect((await client.readHead()).status).toBe(100);
    client.send(line);
    expect((await client.readHead()).status).toBe(200);
  });

  it('that claims to be gzip but is not gets one problem', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    const { status, answers } = await postBulkChanges(url, createOrderLine().repeat(10), {
      'Content-Encoding': 'gzip',
    });
    expect(status).toBe(200);
    expect(answers).toMatchObject([{ status: 400, code: 'invalid-request' }]);
    expect((await fetch(`${url}/dashboard`)).status).toBe(200);
  });
});
