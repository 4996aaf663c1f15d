/** Attacks in bodies and parameters: names of what every object has, numbers and texts at their limits, nesting, and bombs. */
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../src/counters/errors.js';
import { createCaller } from '../support/api-client.js';
import { createAttack, type Attack, authorizeAs, describeAttacks } from '../support/attack-harness.js';
import { formatRequest } from '../harness/http-text.js';
import { postBulkChanges } from '../support/bulk-client.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const KIB = 1_024;

function sent(line: string, body: string, status = 400, code: ErrorCode = 'invalid-request'): Attack {
  return createAttack(line, { ...authorizeAs('admin'), ...JSON_TYPE }, status, code, body);
}
const definition = (body: string): Attack => sent('PUT /dashboards/mine', body);
const changes = (body: string): Attack => sent('POST /dashboards/main/changes', body);
const amount = (text: string): Attack => sent('POST /dashboards/main/counters/products/add', `{"amount":${text}}`);
const query = (path: string): Attack => createAttack(`GET ${path}`, authorizeAs('admin'), 400, 'invalid-request');

const POLLUTION: Readonly<Record<string, Attack>> = {
  'of a definition, by __proto__': definition('{"__proto__":{"title":"x"},"counters":{}}'),
  'of a definition, by a constructor': definition('{"constructor":{"prototype":{"polluted":1}},"counters":{}}'),
  'of a definition, by a prototype': definition('{"prototype":{"polluted":1},"counters":{}}'),
  'of its counters, by __proto__': definition('{"counters":{"__proto__":{"title":"x"}}}'),
  'of a counter, by __proto__': definition('{"counters":{"a":{"__proto__":{"title":"x"}}}}'),
  'of a counter, by a constructor': definition('{"counters":{"a":{"constructor":{"prototype":{"polluted":1}}}}}'),
  'of a definition that has no counters but those of __proto__': definition('{"__proto__":{"counters":{}}}'),
  'of a change set, by __proto__': changes('{"__proto__":{"changes":[{"counter":"products","by":1}]}}'),
  'of a change set, by a constructor': changes('{"constructor":{},"changes":[{"counter":"products","by":1}]}'),
  'of a change, by __proto__': changes('{"changes":[{"counter":"products","__proto__":{"by":1}}]}'),
  'of a change, beside what is right': changes(
    '{"changes":[{"counter":"products","by":1,"__proto__":{"polluted":1}}]}',
  ),
  'of a change, by a constructor': changes(
    '{"changes":[{"counter":"products","by":1,"constructor":{"prototype":{"polluted":1}}}]}',
  ),
  'of a list of changes': changes('{"changes":{"__proto__":[{"counter":"products","by":1}],"length":1}}'),
  'of an amount': sent('POST /dashboards/main/counters/products/add', '{"__proto__":{"amount":5}}'),
  'of a ticket': sent('POST /tickets', '{"__proto__":{"dashboard":"main"}}'),
  'of a name': changes('{"changes":[{"counter":"__proto__","by":1}]}'),
  'of a name that there could be': sent(
    'POST /dashboards/main/changes',
    '{"changes":[{"counter":"constructor","by":1}]}',
    404,
    'unknown-counter',
  ),
  'of a dashboard': sent('PUT /dashboards/__proto__', '{"counters":{}}'),
  'of a list, by __proto__': query('/dashboards?limit=0&__proto__=a&__proto__=b'),
  'of a list, by __proto__ in brackets': query('/dashboards?limit=0&__proto__[limit]=1'),
  'of a list, by a constructor': query('/dashboards?limit=0&constructor=a&constructor=b'),
  'of a list, by its limit as a list': query('/dashboards?limit=1&limit=2'),
  'of a ledger, by its limit as an object': query('/dashboards/main/changes?limit[valueOf]=1&limit=x'),
  'of a filter, by __proto__': query('/dashboard?counters=__proto__'),
  'of a history, by a filter': query('/dashboards/main/history?counters=__proto__&from=constructor'),
};

const NUMBERS: Readonly<Record<string, Attack>> = {
  'beyond all': amount('1e999'),
  'below all': amount('-1e999'),
  'of a thousand digits': amount('9'.repeat(1_000)),
  'beyond the most': amount('1000000001'),
  'below zero': amount('-1'),
  'of nothing': amount('0'),
  'of nothing, below zero': amount('-0'),
  'of a part': amount('0.5'),
  'of nearly one': amount('0.99999999999'),
  'in a text': amount('"1"'),
  'in a list': amount('[1]'),
  'in an object': amount('{"valueOf":1}'),
  'that is none': amount('NaN'),
  'that is true': amount('true'),
  'that is null': amount('null'),
  'in hexadecimal': amount('0x10'),
  'of a recount beyond what is exact': changes('{"changes":[{"counter":"products","to":9007199254740992}]}'),
  'of a recount below zero': changes('{"changes":[{"counter":"products","to":-1}]}'),
  'of a change by nothing': changes('{"changes":[{"counter":"products","by":0}]}'),
  'of a change by two ways': changes('{"changes":[{"counter":"products","by":1,"to":5}]}'),
  'of a page': query('/dashboards?limit=1e3'),
  'of a page beyond all': query('/dashboards/main/changes?after=99999999999999999999'),
};

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const BOMBS: Readonly<Record<string, Attack>> = {
  'lists in lists': definition(nested('[', ']', 32 * KIB - 1)),
  'objects in objects': definition(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  'counters in counters': definition(`{"counters":${'{"a":'.repeat(10_000)}{}${'}'.repeat(10_000)}}`),
  'a title of lists': definition(`{"counters":{},"title":${nested('[', ']', 30_000)}}`),
  'changes in lists': changes(`{"changes":${nested('[', ']', 30_000)}}`),
  '20,000 changes of nothing': changes(`{"changes":[${'[],'.repeat(20_000)}[]]}`),
  '20,000 numbers for changes': changes(`{"changes":[${'1,'.repeat(30_000)}1]}`),
  '10,000 members that nobody knows': definition(`{${Array.from({ length: 6_000 }, (_, at) => `"m${at}":0`).join()}}`),
  '1,001 changes': changes(`{"changes":[${Array(1_001).fill('{"counter":"products","by":1}').join()}]}`),
  'one name 3,000 times': definition(`{"counters":{},${Array(3_000).fill('"title":1').join()}}`),
  'a name of 60,000 letters': definition(`{"counters":{"${'a'.repeat(60_000)}":{}}}`),
  'a text of 60,000 letters': definition(`{"counters":{},"title":"${'a'.repeat(60_000)}"}`),
  '60,000 escapes': definition(`{"counters":{"${'\\u0000'.repeat(10_000)}":{}}}`),
  'a pattern that would have to be tried in many ways': definition(`{"counters":{"${'a-'.repeat(20_000)}!":{}}}`),
  'more than 64 KiB': sent(
    'PUT /dashboards/mine',
    `{"counters":{},"x":"${'x'.repeat(64 * KIB)}"}`,
    413,
    'body-too-large',
  ),
  'a title with a NUL': definition('{"counters":{},"title":"a\\u0000b"}'),
  'a title with half of a pair': definition('{"counters":{},"title":"a\\ud83d"}'),
  'a unit with the other half': definition('{"counters":{"a":{"unit":"\\ude00 "}}}'),
  'a reason with halves in the wrong order': changes(
    '{"changes":[{"counter":"products","by":1}],"reason":"\\ude00\\ud83d"}',
  ),
  'a key with half of a pair': sent('PUT /dashboards/mine', '{"counters":{"\\ud800":{}}}'),
  'JSON behind JSON': definition('{"counters":{}}{"counters":{}}'),
  'a byte that is no text': definition('{"counters":{},"title":"\0"}'),
};

/** By lines of a stream: what each line is answered with. */
const LINES: Readonly<Record<string, string>> = {
  __proto__: '{"dashboard":"main","__proto__":{"changes":[{"counter":"products","by":1}]}}',
  '__proto__ of a change': '{"dashboard":"main","changes":[{"counter":"products","__proto__":{"by":1}}]}',
  '__proto__ beside what is right':
    '{"dashboard":"main","changes":[{"counter":"products","by":1}],"__proto__":{"key":"k"}}',
  'a constructor':
    '{"dashboard":"main","changes":[{"counter":"products","by":1}],"constructor":{"prototype":{"polluted":1}}}',
  'a constructor of a change': '{"dashboard":"main","changes":[{"counter":"products","by":1,"constructor":{}}]}',
  'a dashboard that is __proto__': '{"dashboard":"__proto__","changes":[{"counter":"products","by":1}]}',
  'a counter that is __proto__': '{"dashboard":"main","changes":[{"counter":"__proto__","by":1}]}',
  'a number beyond all': '{"dashboard":"main","changes":[{"counter":"products","by":1e999}]}',
  'who it is of': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"who":"admin"}',
  'lists in lists': nested('[', ']', 30_000),
  'a reason with half of a pair': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"reason":"\\ud800"}',
  'a reason with a NUL': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"reason":"a\\u0000"}',
  'a key with a line end': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"key":"a\\r\\nb"}',
};

describeAttacks('Attacks in bodies', {}, (attacked) => {
  const { expectRefused, connect, expectUntouched } = attacked;
  const stream = (body: string | Buffer, headers = {}) =>
    postBulkChanges(attacked.service.url, body, { ...authorizeAs('admin'), ...headers });

  describe.each([
    ['a prototype is not to be changed by that', POLLUTION],
    ['this is no amount: one', NUMBERS],
    ['this is refused:', BOMBS],
  ])('%s', (_, attacks) => {
    it.each(Object.entries(attacks))('%s', async (_name, one) => {
      await expectRefused(one);
    });
  });

  it.each(Object.entries(LINES))('a line is refused with %s, and those around it are answered', async (_, line) => {
    const right = '{"dashboard":"nowhere","changes":[{"counter":"products","by":1}]}';
    const { answers } = await stream(`${right}\n${line}\n${right}\n`);
    expect(answers.map(({ code, line: at }) => [code, at])).toEqual([
      ['unknown-dashboard', 1],
      ['invalid-request', 2],
      ['unknown-dashboard', 3],
    ]);
    await expectUntouched();
  });

  it('no object has got anything by all of that', async () => {
    const { body } = await createCaller(attacked.service.url)(
      'GET /dashboards/shop/counters',
      undefined,
      authorizeAs('reader'),
    );
    expect(JSON.stringify(body)).not.toContain('polluted');
    expect(body.counters).toEqual({ sales: { value: 0 } });
  });

  it('JSON that is 64 KiB only while it is packed is too large', async () => {
    const packed = gzipSync(`{"counters":{},"x":"${'x'.repeat(16 * KIB * KIB)}"}`);
    const client = await connect();
    const headers = { ...authorizeAs('admin'), ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    client.send(formatRequest('PUT /dashboards/mine', { ...headers, 'Content-Length': String(packed.length) }));
    client.send(packed);
    const answer = await client.readResponse();
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body-too-large']);
    await expectUntouched();
  });

  it.each([
    ['64 MiB without a line end', Buffer.alloc(64 * KIB * KIB, 'x'), ['body-too-large']],
    ['1 MiB of line ends', Buffer.alloc(KIB * KIB, '\n'), []],
    ['what is packed once more', gzipSync(Buffer.alloc(64 * KIB * KIB)), ['invalid-request']],
  ])('a stream that holds %s when it is unpacked is read in pieces', async (_, body, codes) => {
    const { status, answers } = await stream(gzipSync(body), { 'Content-Encoding': 'gzip' });
    expect(status).toBe(200);
    expect([...new Set(answers.map(({ code }) => code))]).toEqual(codes);
    await expectUntouched();
  });
});
