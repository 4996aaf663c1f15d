/** Signatures: those of the providers' libraries pass, and no request with one changed bit does. */
import { parseHooks } from '../../src/hooks/hook-parser.js';
import { verifyEvent } from '../../src/hooks/received-event.js';
import type { ProviderRequest } from '../support/hooks.js';
import { OTHER_SECRET, SECRET } from '../support/provider-requests.js';
import { flipBit, type Scheme, SCHEMES } from '../support/signature-schemes.js';
import { createRandom, readPositiveInteger, SEED } from '../support/rounds.js';

/** Changed bits, over all providers. */
const FLIPS = readPositiveInteger('FLIPS', 100_000);

function createHook({ provider, settings }: Scheme, secrets = [SECRET]) {
  const faults: string[] = [];
  const hook = { provider, secrets, dashboard: 'main', rules: [{ counter: 'orders' }], ...settings };
  const parsed = parseHooks({ hooks: { shop: hook } }, () => '', faults).get('shop');
  if (!parsed || faults.length > 0) throw new Error(faults.join());
  return parsed;
}

const verify = (hook: ReturnType<typeof createHook>, request: ProviderRequest, body = Buffer.from(request.body)) =>
  verifyEvent(hook, { headers: request.headers, body }, Date.now());

const INVALID = 'signature-invalid';
/** Returns the code of the problem that a request gets, or undefined. */
const findProblem = (...args: Parameters<typeof verify>): string | undefined => {
  try {
    verify(...args);
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
};

describe.each(Object.entries(SCHEMES))('%s', (name, scheme) => {
  it('an event that its sender has signed is authentic, with either secret during a rotation', async () => {
    const rotating = createHook(scheme, [OTHER_SECRET, SECRET]);
    for (const secret of [SECRET, OTHER_SECRET]) {
      const { result } = verify(rotating, await scheme.send({ id: 'a', secret }));
      expect(result).toEqual({ kind: 'changes', changes: [{ counter: 'orders', by: 1 }] });
    }
    const stranger = await scheme.send({ id: 'a', secret: 'whsec_c3RyYW5nZXI=' });
    expect(findProblem(rotating, stranger)).toBe(INVALID);
  });

  it('an event without a part of its signature is not', async () => {
    const hook = createHook(scheme);
    const request = await scheme.send({ id: 'a' });
    for (const header of scheme.signed) {
      const { [header]: _, ...headers } = request.headers;
      expect(findProblem(hook, { ...request, headers })).toBe(INVALID);
    }
  });

  if (scheme.hasTimestamp) {
    it('a signature of 5 minutes passes, and an older one does not', async () => {
      const hook = createHook(scheme);
      const young = await scheme.send({ id: 'a', atMs: Date.now() - 298_000 });
      expect(verify(hook, young).result.kind).toBe('changes');
      const old = await scheme.send({ id: 'a', atMs: Date.now() - 302_000 });
      expect(() => verify(hook, old)).toThrow(/is 30\d s old, by the clock of this service: at most 300 s/);
    });
  }

  it(`no request with one changed bit passes (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const hook = createHook(scheme);
    const request = await scheme.send({ id: 'evt_1', amount: 1_999 });
    let passed = 0;
    const rounds = Math.ceil(FLIPS / Object.keys(SCHEMES).length);
    for (let round = 0; round < rounds; round += 1) {
      const changed = flipBit(request, scheme, random);
      try {
        verify(hook, changed, changed.bytes);
        passed += 1;
      } catch (error) {
        // Compared without a matcher: this runs 100,000 times.
        if ((error as { code?: string }).code !== 'signature-invalid') throw error;
      }
    }
    expect([name, passed]).toEqual([name, 0]);
  });
});
