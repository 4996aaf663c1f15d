/** Faults of HOOKS_FILE: all of them at once, each with its place, none with a secret. */
import { parseHooks } from './hook-parser.js';

const VALID = {
  provider: 'stripe',
  secrets: ['whsec_secret'],
  dashboard: 'main',
  rules: [{ counter: 'orders' }],
};

function findFaults(hook: unknown): readonly string[] {
  const faults: string[] = [];
  parseHooks({ hooks: { shop: hook } }, () => 'secret from a file\n', faults);
  return faults;
}

const without = (name: string): object => Object.fromEntries(Object.entries(VALID).filter(([key]) => key !== name));

describe('a hook of the file', () => {
  it.each<[string, object]>([
    ['least', {}],
    ['two secrets', { secrets: ['one', 'two'] }],
    [
      'amounts',
      {
        rules: [
          { counter: 'a', by: 5 },
          { counter: 'b', by: { pointer: '/x', scale: 2 }, remove: true },
        ],
      },
    ],
    ['conditions', { rules: [{ counter: 'a', when: { '/a': 'x', 'X-Y': 'z', '/b': 1, '/c': null, '/d': true } }] }],
    ['hmac', { provider: 'hmac', hmac: { header: 'X-S', algorithm: 'sha256', encoding: 'hex', id: 'X-Id' } }],
    ['base64', { provider: 'standard-webhooks', secrets: ['whsec_dGVzdA==', 'dGVzdA=='] }],
    ['any text', { provider: 'cloudevents', secrets: ['not base64!'] }],
  ])('with %s has no fault', (_, members) => {
    expect(findFaults({ ...VALID, ...members })).toEqual([]);
  });

  it('takes secrets from files, without the white space around them', () => {
    expect(findFaults({ ...without('secrets'), secretFiles: ['a', 'b'] })).toEqual([]);
  });

  it.each<[object, string]>([
    [{ provider: 'paypal' }, 'hooks.shop.provider: must be stripe, shopify'],
    [{ secrets: [] }, 'hooks.shop.secrets: must be a list of 1 or 2 texts'],
    [{ secrets: ['a', 'b', 'c'] }, 'hooks.shop.secrets: must be a list of 1 or 2 texts'],
    [{ secrets: [12345] }, 'hooks.shop.secrets: must be a list of 1 or 2 texts, in quotes where'],
    [{ secretFiles: ['a'] }, 'hooks.shop.secrets: needs one of secrets and secretFiles'],
    [{ dashboard: 'No Name' }, 'hooks.shop.dashboard: must be 1 to 64 of a-z'],
    [{ maxBytes: 2 ** 25 + 1 }, 'hooks.shop.maxBytes: must be an integer from 1 to 33554432'],
    [{ rules: [] }, 'hooks.shop.rules: must be a list with at least one entry'],
    [{ rule: [] }, 'hooks.shop.rule: is no member here: did you mean rules?'],
    [{ hmac: {} }, 'hooks.shop.hmac: is for the provider hmac only'],
    [{ provider: 'hmac' }, 'hooks.shop.hmac: must be an object'],
    [{ provider: 'standard-webhooks', secrets: ['no base64!'] }, 'hooks.shop.secrets: number 1 must be base64'],
    [{ rules: [{}] }, 'hooks.shop.rules.0.counter: must be 1 to 64'],
    [{ rules: [{ counter: 'a', by: 0 }] }, 'hooks.shop.rules.0.by: must be an integer from 1'],
    [{ rules: [{ counter: 'a', by: null }] }, 'hooks.shop.rules.0.by: must be an object'],
    [{ rules: [{ counter: 'a', by: { pointer: '/a~' } }] }, 'hooks.shop.rules.0.by.pointer: must be a JSON pointer'],
    [{ rules: [{ counter: 'a', by: { pointer: '/a', scale: 10 } }] }, 'hooks.shop.rules.0.by.scale: must be an'],
    [{ rules: [{ counter: 'a', when: { 'a b': 1 } }] }, 'hooks.shop.rules.0.when.a b: must be a JSON pointer'],
    [{ rules: [{ counter: 'a', when: { '/a': [1] } }] }, 'hooks.shop.rules.0.when./a: must be text, a number'],
    [{ rules: [{ counter: 'a', remove: 'yes' }] }, 'hooks.shop.rules.0.remove: must be true or false'],
  ])('%j: %s', (members, fault) => {
    expect(findFaults({ ...VALID, ...members })[0]).toContain(fault);
  });

  it('reports all faults at once, and quotes no value', () => {
    const faults = findFaults({ provider: 'tallysecret', secrets: 'tallysecret', dashboard: 'TALLYSECRET', rules: 7 });
    expect(faults).toHaveLength(4);
    expect(faults.join().toLowerCase()).not.toContain('tallysecret');
  });

  it.each([undefined, null, 7, 'text', [], { hooks: [] }, { hooks: {}, rest: 1 }])(
    'in a file with %j is no hook: the file is faulty',
    (content) => {
      const faults: string[] = [];
      parseHooks(content, () => '', faults);
      expect(faults.length).toBeGreaterThan(0);
    },
  );
});
