/** Signatures, verified by the library of Standard Webhooks. */
import { Webhook } from 'standardwebhooks';
import { createSecret, createSignatureHeaders, isSecret, sign } from './webhook-signature.js';

const now = (): number => Math.floor(Date.now() / 1_000);

describe('a signature', () => {
  it('is accepted by the library of Standard Webhooks with the same secret', () => {
    const [secret, body] = [createSecret(), JSON.stringify({ text: 'Überweisung – 5 €' })];
    const headers = createSignatureHeaders({ id: 'msg_1', timestampS: now(), body, secret });
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(createSecret()).verify(body, headers)).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow('No matching');
  });

  it('equals the one that the library makes', () => {
    const [secret, timestampS] = [`whsec_${Buffer.alloc(64, 'k').toString('base64')}`, 1_614_265_330];
    expect(sign({ id: 'msg_1', timestampS, body: '{}', secret })).toBe(
      new Webhook(secret).sign('msg_1', new Date(timestampS * 1_000), '{}'),
    );
  });
});

describe('a secret', () => {
  it('is another one each time, and valid', () => {
    const secrets = Array.from({ length: 50 }, createSecret);
    expect(new Set(secrets).size).toBe(50);
    expect(secrets.every(isSecret)).toBe(true);
    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  });

  const encode = (bytes: number): string => Buffer.alloc(bytes, 251).toString('base64');

  it.each([
    [`whsec_${encode(24)}`, true],
    [`whsec_${encode(64)}`, true],
    [`whsec_${encode(23)}`, false],
    [`whsec_${encode(65)}`, false],
    [encode(24), false],
    [`whsec_${encode(25).replace(/=+$/, '')}`, false],
    [`whsec_${encode(24).replaceAll('+', '-').replaceAll('/', '_')}`, false],
    [`whsec_${encode(24)}\n`, false],
    ['whsec_', false],
    ['', false],
  ])('%j is valid: %s', (text, isValid) => {
    expect(isSecret(text)).toBe(isValid);
  });
});
