/** `POST /changes`: what is read as a line, and what each line is answered with. */
import { gzipSync } from 'node:zlib';
import { startApi, startShop } from './api.fixture.js';
import { connectRaw, requestText } from './raw.fixture.js';
import { NDJSON, openStream, orderLine, postStream } from './stream.fixture.js';

const KIB = 1_024;
const OUTCOME = { dashboard: 'main', at: expect.any(Number), replayed: false };

/** A line of just so many bytes: the rest is blanks. */
function padded(line: string, bytes: number): string {
  return line + ' '.repeat(bytes - line.length);
}

describe('a stream', () => {
  it('is answered with a line an outcome, in the order of its lines', async () => {
    const { url, call } = await startShop();
    const { status, headers, answers } = await postStream(url, [
      orderLine({ reason: 'first' }),
      '{"dashboard":"shop","changes":[{"counter":"sales","by":5},{"counter":"visits","to":40}]}',
      orderLine({}, 2),
    ]);
    expect([status, headers.get('content-type')]).toEqual([200, NDJSON]);
    expect(answers).toEqual([
      { ...OUTCOME, revision: 1, counters: { orders: 1 } },
      { ...OUTCOME, dashboard: 'shop', revision: 1, counters: { sales: 5, visits: 40 } },
      { ...OUTCOME, revision: 2, counters: { orders: 3 } },
    ]);
    const { entries } = (await call('GET /dashboards/main/changes')).body;
    expect(entries[0]).toMatchObject({ reason: 'first', changes: [{ counter: 'orders', by: 1 }] });
  });

  it('of many lines is answered whole and counted exactly', async () => {
    const { url, dashboard } = await startApi();
    const { answers } = await postStream(url, Array<string>(10_000).fill(orderLine()));
    expect(answers.map(({ revision }) => revision)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    expect(await dashboard()).toMatchObject({ revision: 10_000, counters: { orders: 10_000 } });
  });

  it.each([
    ['of no bytes', '', { 'Content-Type': NDJSON }],
    ['of no bytes and no type', undefined, {}],
    ['of blank lines', ' \r\n\n\t\n', { 'Content-Type': NDJSON }],
  ])('%s is answered with nothing', async (_, body, headers) => {
    const { url } = await startApi({ STORE: 'memory' });
    const response = await fetch(`${url}/changes`, { method: 'POST', headers, ...(body !== undefined && { body }) });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('may have CRLF, blank lines, a byte order mark, and no newline at its end', async () => {
    const { url, dashboard } = await startApi({ STORE: 'memory' });
    const { answers } = await postStream(url, `\uFEFF${orderLine()}\r\n\r\n\n  \n{\n${orderLine()}`);
    expect(answers).toEqual([
      { ...OUTCOME, revision: 1, counters: { orders: 1 } },
      expect.objectContaining({ code: 'invalid-request', line: 5 }),
      { ...OUTCOME, revision: 2, counters: { orders: 2 } },
    ]);
    expect((await dashboard()).revision).toBe(2);
  });

  it('is the same wherever its bytes are cut into pieces', async () => {
    const { port, call } = await startApi({ STORE: 'memory' });
    const reasons = ['naïve', '訂單', '🧾🎉', 'plain'];
    const stream = await openStream(port);
    for (const byte of Buffer.from(reasons.map((reason) => `${orderLine({ reason })}\r\n`).join(''))) {
      await new Promise((resolve) => stream.request.write(Buffer.of(byte), resolve));
    }
    stream.request.end();
    await stream.ended();
    expect(stream.answers.map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
    const { entries } = (await call('GET /dashboards/main/changes')).body;
    expect(entries.map(({ reason }: { reason: string }) => reason)).toEqual(reasons);
  });

  it('is answered line by line while it is still open', async () => {
    const { port } = await startApi();
    const stream = await openStream(port);
    for (const revision of [1, 2, 3]) {
      stream.send([orderLine()]);
      await stream.answered(revision);
      expect(stream.answers.at(-1)).toMatchObject({ revision });
    }
    expect(stream.end).toBe('open');
  });

  it('may be announced with Expect: 100-continue', async () => {
    const { port } = await startApi({ STORE: 'memory' });
    const client = await connectRaw(port);
    const body = `${orderLine()}\n`;
    const headers = { 'Content-Type': NDJSON, 'Content-Length': String(body.length), Expect: '100-continue' };
    client.send(requestText('POST /changes', headers));
    expect((await client.answer()).status).toBe(100);
    client.send(body);
    expect((await client.head()).status).toBe(200);
  });
});

describe('a line', () => {
  it.each<[string, string | Buffer, string, readonly string[] | undefined]>([
    ['that is no JSON', '{"dashboard":', 'invalid-request', ['']],
    ['that is an array', '[]', 'invalid-request', ['']],
    ['that is null', 'null', 'invalid-request', ['']],
    ['without a dashboard', '{"changes":[{"counter":"orders","by":1}]}', 'invalid-request', ['/dashboard']],
    ['without changes', '{"dashboard":"main"}', 'invalid-request', ['/changes']],
    ['with no changes', '{"dashboard":"main","changes":[]}', 'invalid-request', ['/changes']],
    ['with a step of 0', orderLine({}, 0), 'invalid-request', ['/changes/0/by']],
    [
      'with a step of text',
      orderLine({ changes: [{ counter: 'orders', by: '1' }] }),
      'invalid-request',
      ['/changes/0/by'],
    ],
    [
      'with two faults',
      orderLine({ changes: [{ counter: 'Orders', to: -1 }] }),
      'invalid-request',
      ['/changes/0/counter', '/changes/0/to'],
    ],
    ['with a key that is none', orderLine({ key: 'a b' }), 'invalid-request', ['/key']],
    ['with a member that nobody knows', orderLine({ who: 'me' }), 'invalid-request', ['/who']],
    [
      'with a member named __proto__',
      '{"dashboard":"main","changes":[],"__proto__":{}}',
      'invalid-request',
      ['/__proto__'],
    ],
    ['that removes what is not there', orderLine({}, -5), 'nothing-to-remove', undefined],
    ['for an unknown dashboard', orderLine({ dashboard: 'mian' }), 'unknown-dashboard', undefined],
    ['for an unknown counter', orderLine({ changes: [{ counter: 'order', by: 1 }] }), 'unknown-counter', undefined],
    ['that uses a key again', orderLine({ key: 'first' }, 2), 'key-reused', undefined],
    ['over 64 KiB', padded(orderLine(), 64 * KIB + 1), 'body-too-large', undefined],
    ['of a megabyte', padded(orderLine(), 2 ** 20), 'body-too-large', undefined],
    ['that is not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'invalid-request', undefined],
  ])('%s is answered with its problem and number, and the rest goes on', async (_, line, code, pointers) => {
    const { url, dashboard } = await startApi();
    const good = orderLine({ key: 'first' });
    const body = Buffer.concat([Buffer.from(`${good}\n\n`), Buffer.from(line), Buffer.from(`\n${orderLine()}`)]);
    const { status, answers } = await postStream(url, body);
    expect([status, answers.length]).toEqual([200, 3]);
    const [first, problem, last] = answers;
    expect([first.revision, last.revision]).toEqual([1, 2]);
    expect(problem).toMatchObject({ type: `urn:tallyboard:problem:${code}`, code, line: 3 });
    for (const member of ['title', 'detail', 'remedy']) expect(problem[member]).toMatch(/\w/);
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.errors?.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    expect(await dashboard()).toMatchObject({ revision: 2, counters: { orders: 2 } });
  });

  it('with a name that is nearly right is told so', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const lines = [orderLine({ dashboard: 'mian' }), orderLine({ changes: [{ counter: 'order', by: 1 }] })];
    expect((await postStream(url, lines)).answers.map(({ near }) => near)).toEqual([['main'], ['orders']]);
  });

  it('may have 64 KiB', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const { answers } = await postStream(url, [padded(orderLine(), 64 * KIB)]);
    expect(answers).toEqual([{ ...OUTCOME, revision: 1, counters: { orders: 1 } }]);
  });

  it('may hold 1,000 changes, all or none', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const changes = Array.from({ length: 1_000 }, () => ({ counter: 'orders', by: 1 }));
    const { answers } = await postStream(url, [
      orderLine({ changes }),
      orderLine({ changes: [...changes.slice(1), { counter: 'customers', by: -1 }] }),
      orderLine({ changes: [...changes, ...changes] }),
    ]);
    expect(answers).toEqual([
      { ...OUTCOME, revision: 1, counters: { orders: 1_000 } },
      expect.objectContaining({ code: 'nothing-to-remove', line: 2 }),
      expect.objectContaining({ code: 'invalid-request', line: 3 }),
    ]);
  });
});

describe('before a stream', () => {
  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ['JSON', { 'Content-Type': 'application/json' }, 415, 'unsupported-media-type'],
    ['text', { 'Content-Type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['an encoding that is not read', { 'Content-Encoding': 'br' }, 415, 'unsupported-media-type'],
    ['a bad key', { 'Idempotency-Key': 'a b' }, 400, 'invalid-idempotency-key'],
  ])('%s in the headers is a problem, and nothing is counted', async (_, headers, status, code) => {
    const { url, dashboard } = await startApi({ STORE: 'memory' });
    const refused = await postStream(url, [orderLine()], headers);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(JSON.parse(refused.text)).toMatchObject({ status, code });
    expect((await dashboard()).revision).toBe(0);
  });

  it.each([NDJSON, `${NDJSON}; charset=utf-8`, 'application/ndjson', 'application/jsonl'])(
    '%s is a good type',
    async (type) => {
      const { url } = await startApi({ STORE: 'memory' });
      expect((await postStream(url, [orderLine()], { 'Content-Type': type })).answers).toHaveLength(1);
    },
  );

  it('other methods are told which one there is', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const { status, headers } = await call('GET /changes');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a stream in gzip', () => {
  const ZIPPED = { 'Content-Encoding': 'gzip' };
  const lines = Array.from({ length: 3_000 }, () => orderLine());

  it('is read as what it unpacks to', async () => {
    const { url } = await startApi({ STORE: 'memory' });
    const { answers } = await postStream(url, lines, ZIPPED);
    expect([answers.length, answers.at(-1).revision]).toEqual([3_000, 3_000]);
  });

  it.each([
    ['broken off', gzipSync(`${lines.join('\n')}\n`).subarray(0, -12)],
    ['no gzip at all', Buffer.from(lines.join('\n'))],
  ])('that is %s is answered as far as it was read, and then with a problem', async (_, body) => {
    const { url, dashboard } = await startApi({ STORE: 'memory' });
    const { status, answers } = await postStream(url, body, ZIPPED);
    const problem = answers.pop();
    expect([status, problem.code, problem.line]).toEqual([200, 'invalid-request', answers.length + 1]);
    expect((await dashboard()).revision).toBe(answers.length);
  });
});
