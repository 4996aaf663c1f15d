/** Attacks in bodies and parameters: prototype pollution, invalid numbers and text, deep nesting, and bombs. */
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../src/counters/errors.js';
import { createCaller } from '../support/api-client.js';
import {
  createAttack,
  type Attack,
  authorizeAs,
  describeAttacks,
  describeRefusals,
} from '../support/attack-harness.js';
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
const query = (path: string, code: Parameters<typeof createAttack>[3] = 'invalid-request'): Attack =>
  createAttack(`GET ${path}`, authorizeAs('admin'), 400, code);

const POLLUTION: Readonly<Record<string, Attack>> = {
  'in a definition, by __proto__': definition('{"__proto__":{"title":"x"},"counters":{}}'),
  'in a definition, by a constructor': definition('{"constructor":{"prototype":{"polluted":1}},"counters":{}}'),
  'in a definition, by a prototype': definition('{"prototype":{"polluted":1},"counters":{}}'),
  'in its counters, by __proto__': definition('{"counters":{"__proto__":{"title":"x"}}}'),
  'in a counter, by __proto__': definition('{"counters":{"a":{"__proto__":{"title":"x"}}}}'),
  'in a counter, by a constructor': definition('{"counters":{"a":{"constructor":{"prototype":{"polluted":1}}}}}'),
  'in a definition whose only counters are in __proto__': definition('{"__proto__":{"counters":{}}}'),
  'in a change set, by __proto__': changes('{"__proto__":{"changes":[{"counter":"products","by":1}]}}'),
  'in a change set, by a constructor': changes('{"constructor":{},"changes":[{"counter":"products","by":1}]}'),
  'in a change, by __proto__': changes('{"changes":[{"counter":"products","__proto__":{"by":1}}]}'),
  'in a valid change, by __proto__': changes('{"changes":[{"counter":"products","by":1,"__proto__":{"polluted":1}}]}'),
  'in a change, by a constructor': changes(
    '{"changes":[{"counter":"products","by":1,"constructor":{"prototype":{"polluted":1}}}]}',
  ),
  'in a list of changes': changes('{"changes":{"__proto__":[{"counter":"products","by":1}],"length":1}}'),
  'in an amount': sent('POST /dashboards/main/counters/products/add', '{"__proto__":{"amount":5}}'),
  'in a ticket': sent('POST /tickets', '{"__proto__":{"dashboard":"main"}}'),
  'in a counter name': changes('{"changes":[{"counter":"__proto__","by":1}]}'),
  'in a valid counter name': sent(
    'POST /dashboards/main/changes',
    '{"changes":[{"counter":"constructor","by":1}]}',
    404,
    'unknown-counter',
  ),
  'in a dashboard name': sent('PUT /dashboards/__proto__', '{"counters":{}}'),
  'in a list, by __proto__': query('/dashboards?limit=0&__proto__=a&__proto__=b', 'unknown-parameter'),
  'in a list, by __proto__ in brackets': query('/dashboards?limit=0&__proto__[limit]=1', 'unknown-parameter'),
  'in a list, by a constructor': query('/dashboards?limit=0&constructor=a&constructor=b', 'unknown-parameter'),
  'in a list, by its limit as a list': query('/dashboards?limit=1&limit=2'),
  'in a ledger, by its limit as an object': query(
    '/dashboards/main/changes?limit[valueOf]=1&limit=x',
    'unknown-parameter',
  ),
  'in a filter, by __proto__': query('/dashboard?counters=__proto__'),
  'in a history, by a filter': query('/dashboards/main/history?counters=__proto__&from=constructor'),
};

const NUMBERS: Readonly<Record<string, Attack>> = {
  infinity: amount('1e999'),
  'minus infinity': amount('-1e999'),
  'a thousand digits': amount('9'.repeat(1_000)),
  'more than the maximum': amount('9007199254740992'),
  'a negative number': amount('-1'),
  zero: amount('0'),
  'minus zero': amount('-0'),
  'a fraction': amount('0.5'),
  'a fraction close to one': amount('0.99999999999'),
  'a number in a string': amount('"1"'),
  'a number in an array': amount('[1]'),
  'an object with valueOf': amount('{"valueOf":1}'),
  NaN: amount('NaN'),
  true: amount('true'),
  null: amount('null'),
  hexadecimal: amount('0x10'),
  'a `to` beyond 2^53 - 1': changes('{"changes":[{"counter":"products","to":9007199254740992}]}'),
  'a `to` below -(2^53 - 1)': changes('{"changes":[{"counter":"products","to":-9007199254740992}]}'),
  'a `by` of zero': changes('{"changes":[{"counter":"products","by":0}]}'),
  'both `by` and `to`': changes('{"changes":[{"counter":"products","by":1,"to":5}]}'),
  'a limit in exponent notation': query('/dashboards?limit=1e3'),
  'a cursor beyond 2^53': query('/dashboards/main/changes?after=99999999999999999999'),
};

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const BOMBS: Readonly<Record<string, Attack>> = {
  'nested arrays': definition(nested('[', ']', 32 * KIB - 1)),
  'nested objects': definition(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  'nested counters': definition(`{"counters":${'{"a":'.repeat(10_000)}{}${'}'.repeat(10_000)}}`),
  'nested arrays as the title': definition(`{"counters":{},"title":${nested('[', ']', 30_000)}}`),
  'nested arrays as the changes': changes(`{"changes":${nested('[', ']', 30_000)}}`),
  '20,000 empty arrays as changes': changes(`{"changes":[${'[],'.repeat(20_000)}[]]}`),
  '30,000 numbers as changes': changes(`{"changes":[${'1,'.repeat(30_000)}1]}`),
  '6,000 unknown members': definition(`{${Array.from({ length: 6_000 }, (_, at) => `"m${at}":0`).join()}}`),
  '1,001 changes': changes(`{"changes":[${Array(1_001).fill('{"counter":"products","by":1}').join()}]}`),
  'the same member 3,000 times': definition(`{"counters":{},${Array(3_000).fill('"title":1').join()}}`),
  'a name of 60,000 letters': definition(`{"counters":{"${'a'.repeat(60_000)}":{}}}`),
  'a title of 60,000 letters': definition(`{"counters":{},"title":"${'a'.repeat(60_000)}"}`),
  '10,000 escapes': definition(`{"counters":{"${'\\u0000'.repeat(10_000)}":{}}}`),
  'a name that makes naive patterns backtrack': definition(`{"counters":{"${'a-'.repeat(20_000)}!":{}}}`),
  'changes of more than 64 KiB': sent(
    'POST /dashboards/main/changes',
    `{"changes":[],"x":"${'x'.repeat(64 * KIB)}"}`,
    413,
    'body-too-large',
  ),
  'a definition of more than 1 MiB': sent(
    'PUT /dashboards/mine',
    `{"counters":{},"x":"${'x'.repeat(1_024 * KIB)}"}`,
    413,
    'body-too-large',
  ),
  'a title with a NUL': definition('{"counters":{},"title":"a\\u0000b"}'),
  'a title with half of a surrogate pair': definition('{"counters":{},"title":"a\\ud83d"}'),
  'a unit with the other half': definition('{"counters":{"a":{"unit":"\\ude00 "}}}'),
  'a reason with the halves in the wrong order': changes(
    '{"changes":[{"counter":"products","by":1}],"reason":"\\ude00\\ud83d"}',
  ),
  'a counter name with half of a surrogate pair': sent('PUT /dashboards/mine', '{"counters":{"\\ud800":{}}}'),
  'two JSON documents': definition('{"counters":{}}{"counters":{}}'),
  'a raw NUL': definition('{"counters":{},"title":"\0"}'),
};

/** Invalid lines of a bulk upload, by what is wrong with them. */
const LINES: Readonly<Record<string, string>> = {
  __proto__: '{"dashboard":"main","__proto__":{"changes":[{"counter":"products","by":1}]}}',
  '__proto__ of a change': '{"dashboard":"main","changes":[{"counter":"products","__proto__":{"by":1}}]}',
  '__proto__ beside a valid change':
    '{"dashboard":"main","changes":[{"counter":"products","by":1}],"__proto__":{"key":"k"}}',
  'a constructor':
    '{"dashboard":"main","changes":[{"counter":"products","by":1}],"constructor":{"prototype":{"polluted":1}}}',
  'a constructor of a change': '{"dashboard":"main","changes":[{"counter":"products","by":1,"constructor":{}}]}',
  'a dashboard that is __proto__': '{"dashboard":"__proto__","changes":[{"counter":"products","by":1}]}',
  'a counter that is __proto__': '{"dashboard":"main","changes":[{"counter":"__proto__","by":1}]}',
  'an infinite number': '{"dashboard":"main","changes":[{"counter":"products","by":1e999}]}',
  'an actor name': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"who":"admin"}',
  'nested arrays': nested('[', ']', 30_000),
  'a reason with half of a surrogate pair':
    '{"dashboard":"main","changes":[{"counter":"products","by":1}],"reason":"\\ud800"}',
  'a reason with a NUL': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"reason":"a\\u0000"}',
  'a key with a line end': '{"dashboard":"main","changes":[{"counter":"products","by":1}],"key":"a\\r\\nb"}',
};

describeAttacks('Attacks in bodies', {}, (attacked) => {
  const { expectRefused, connect, expectUnchanged } = attacked;
  const stream = (body: string | Buffer, headers = {}) =>
    postBulkChanges(attacked.service.url, body, { ...authorizeAs('admin'), ...headers });

  describeRefusals(
    [
      ['prototype pollution is refused:', POLLUTION],
      ['an invalid number is refused:', NUMBERS],
      ['an oversized or malformed body is refused:', BOMBS],
    ],
    expectRefused,
  );

  it.each(Object.entries(LINES))(
    'a line with %s is refused, and the lines around it are processed',
    async (_, line) => {
      const right = '{"dashboard":"nowhere","changes":[{"counter":"products","by":1}]}';
      const { answers } = await stream(`${right}\n${line}\n${right}\n`);
      expect(answers.map(({ code, line: at }) => [code, at])).toEqual([
        ['unknown-dashboard', 1],
        ['invalid-request', 2],
        ['unknown-dashboard', 3],
      ]);
      await expectUnchanged();
    },
  );

  it('no object has been polluted afterwards', async () => {
    const { body } = await createCaller(attacked.service.url)(
      'GET /dashboards/shop/counters',
      undefined,
      authorizeAs('reader'),
    );
    expect(JSON.stringify(body)).not.toContain('polluted');
    expect(body.counters).toEqual({ sales: { value: 0 } });
  });

  it('gzip JSON is limited by its uncompressed size', async () => {
    const packed = gzipSync(`{"counters":{},"x":"${'x'.repeat(16 * KIB * KIB)}"}`);
    const client = await connect();
    const headers = { ...authorizeAs('admin'), ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    client.send(formatRequest('PUT /dashboards/mine', { ...headers, 'Content-Length': String(packed.length) }));
    client.send(packed);
    const answer = await client.readResponse();
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body-too-large']);
    await expectUnchanged();
  });

  it.each([
    ['64 MiB without a line end', Buffer.alloc(64 * KIB * KIB, 'x'), ['body-too-large']],
    ['1 MiB of line ends', Buffer.alloc(KIB * KIB, '\n'), []],
    ['data that is compressed twice', gzipSync(Buffer.alloc(64 * KIB * KIB)), ['invalid-request']],
  ])('a gzip bulk upload of %s is decompressed in pieces', async (_, body, codes) => {
    const { status, answers } = await stream(gzipSync(body), { 'Content-Encoding': 'gzip' });
    expect(status).toBe(200);
    expect([...new Set(answers.map(({ code }) => code))]).toEqual(codes);
    await expectUnchanged();
  });
});
