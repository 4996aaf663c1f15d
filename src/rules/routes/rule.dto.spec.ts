/** Bodies of rules: their shape, and members that contradict each other. */
import { randomBytes } from 'node:crypto';
import { TallyError } from '../../counters/errors.js';
import { parseBody } from '../../validation/validation.pipe.js';
import { RuleDto } from './rule.dto.js';

const URL_TEXT = 'https://example.com/hooks';
const WHEN = { of: 'orders', above: 200 };
const makeSecret = (bytes: number): string => `whsec_${randomBytes(bytes).toString('base64')}`;

const parse = (body: object): unknown =>
  parseBody(RuleDto, { when: WHEN, notify: [{ url: URL_TEXT }], ...body }).toDefinition();

/** The faults of a body, each after its pointer. */
function refuse(body: object): string[] {
  try {
    parse(body);
    return [];
  } catch (error) {
    if (!(error instanceof TallyError) || error.code !== 'invalid-request') throw error;
    return (error.errors ?? []).map((fault) => `${'pointer' in fault ? fault.pointer : ''} ${fault.detail}`);
  }
}

describe('a rule', () => {
  it.each<[string, object, object]>([
    ['has CloudEvents by default', {}, { when: WHEN, notify: [{ url: URL_TEXT, format: 'cloudevents' }] }],
    [
      'takes null for an absent member',
      {
        when: { ...WHEN, in: null, below: null, silentFor: null, between: null, on: null },
        clearsAt: null,
        notify: [{ url: URL_TEXT, secret: null }],
      },
      { when: WHEN, notify: [{ url: URL_TEXT, format: 'cloudevents' }] },
    ],
    [
      'clears at a number of its own',
      { when: { of: 'orders', in: 'day', above: 0 }, clearsAt: 0 },
      { when: { of: 'orders', in: 'day', above: 0 }, clearsAt: 0 },
    ],
    [
      'is about less than a number',
      { when: { of: 'a', below: -0.5 }, clearsAt: 1.5 },
      { when: { of: 'a', below: -0.5 }, clearsAt: 1.5 },
    ],
    [
      'is about silence',
      { when: { of: 'orders', silentFor: 'PT30M', between: '22:00-06:00', on: ['sun', 'mon'] } },
      { when: { of: 'orders', silentFor: 'PT30M', between: '22:00-06:00', on: ['sun', 'mon'] } },
    ],
    [
      'has 4 targets',
      { notify: Array.from({ length: 4 }, () => ({ url: URL_TEXT, format: 'slack' })) },
      { notify: Array.from({ length: 4 }, () => ({ url: URL_TEXT, format: 'slack' })) },
    ],
  ])('%s', (_, body, expected) => {
    expect(parse(body)).toMatchObject(expected);
    expect(JSON.stringify(parse(body))).not.toContain('null');
  });

  it.each([24, 25, 32, 62, 63, 64])('has a secret of %d bytes', (bytes) => {
    const secret = makeSecret(bytes);
    expect(parse({ notify: [{ url: URL_TEXT, secret }] })).toMatchObject({ notify: [{ secret }] });
  });

  it.each([
    makeSecret(23),
    makeSecret(65),
    makeSecret(66),
    makeSecret(67),
    makeSecret(24).slice(6),
    makeSecret(25).replaceAll('=', ''),
    `whsec_${'_'.repeat(32)}`,
    '',
    7,
  ])('has no secret such as %j', (secret) => {
    expect(refuse({ notify: [{ url: URL_TEXT, secret }] })).toEqual([
      '/notify/0/secret must be whsec_ and the base64 of 24 to 64 bytes, or be left out',
    ]);
  });
});

const DAYS = 'must be an array of days, each at most once: mon, tue, wed, thu, fri, sat, sun';
const SILENCE = { of: 'orders', silentFor: 'PT30M' };
const DURATION = 'must be an ISO 8601 duration of 1 minute to 31 days, such as PT30M or P1DT12H';
const WINDOW = 'must be two different local times, HH:MM-HH:MM, such as 09:00-18:00 or 22:00-06:00';

describe('a condition', () => {
  it.each<[string, unknown, string[]]>([
    ['that is absent', undefined, ['/when must be an object with a condition']],
    ['that is null', null, ['/when must be an object with a condition']],
    ['that is text', 'orders > 200', ['/when must be an object with a condition']],
    ['of nothing', { above: 1 }, ['/when/of must match ^[a-z][a-z0-9_-]{0,63}$']],
    ['without a number', { of: 'orders' }, ['/when must have one of above, below and silentFor']],
    ['of two numbers', { ...WHEN, below: 3 }, ['/when/below cannot be combined with above']],
    [
      'of everything',
      { ...WHEN, below: 3, silentFor: 'PT1H' },
      ['/when/below cannot be combined with above', '/when/silentFor cannot be combined with above'],
    ],
    ['with a number as text', { of: 'orders', above: '200' }, ['/when/above must be a number']],
    ['in an unknown period', { ...WHEN, in: 'decade' }, ['/when/in must be one of hour, day, week, month, year']],
    [
      'with a window of a number',
      { ...WHEN, between: '09:00-18:00', on: ['mon'] },
      ['/when/between is only for silentFor: leave it out', '/when/on is only for silentFor: leave it out'],
    ],
    ['of silence in a period', { ...SILENCE, in: 'day' }, ['/when/in is only for above and below: leave it out']],
    ['of silence without a unit', { of: 'orders', silentFor: '30' }, [`/when/silentFor ${DURATION}`]],
    ['of a silence of seconds', { of: 'orders', silentFor: 'PT59S' }, [`/when/silentFor ${DURATION}`]],
    ['of a silence of weeks', { of: 'orders', silentFor: 'P31DT1S' }, [`/when/silentFor ${DURATION}`]],
    ['of one time', { ...SILENCE, between: '09:00' }, [`/when/between ${WINDOW}`]],
    ['of equal times', { ...SILENCE, between: '09:00-09:00' }, [`/when/between ${WINDOW}`]],
    ['on no day', { ...SILENCE, on: [] }, ['/when/on must have at least one day, or be left out for every day']],
    ['on a day twice', { ...SILENCE, on: ['mon', 'tue', 'mon'] }, [`/when/on ${DAYS}`]],
    ['on an unknown day', { ...SILENCE, on: ['monday'] }, [`/when/on ${DAYS}`]],
    ['on a day as text', { ...SILENCE, on: 'mon' }, [`/when/on ${DAYS}`]],
    ['with an unknown member', { ...WHEN, over: 1 }, ['/when/over is not a known field']],
  ])('%s is refused', (_, when, faults) => {
    expect(refuse({ when })).toEqual(faults);
  });
});

describe('clearsAt', () => {
  it.each<[string, object, string]>([
    ['beyond above', { clearsAt: 201 }, 'must be at most 200, the number of above'],
    ['under below', { when: { of: 'orders', below: 10 }, clearsAt: 9 }, 'must be at least 10, the number of below'],
    [
      'of silence',
      { when: SILENCE, clearsAt: 0 },
      'is only for above and below: leave it out, a touch ends the silence',
    ],
    ['as text', { clearsAt: '7' }, 'must be a number'],
  ])('%s is refused', (_, body, detail) => {
    expect(refuse(body)).toEqual([`/clearsAt ${detail}`]);
  });
});

describe('a target', () => {
  const TOO_LONG = `${URL_TEXT}/${'x'.repeat(2_048 - URL_TEXT.length)}`;

  it.each<[string, unknown, string[]]>([
    ['list that is absent', undefined, ['/notify must be an array of targets']],
    ['list that is empty', [], ['/notify must have 1 to 4 targets']],
    ['list of 5', Array.from({ length: 5 }, () => ({ url: URL_TEXT })), ['/notify must have 1 to 4 targets']],
    ['that is text', [URL_TEXT], ['/notify/0 must be an object']],
    ['without an address', [{}], ['/notify/0/url must be a string of 1 to 2048 characters']],
    ['whose address is too long', [{ url: TOO_LONG }], ['/notify/0/url must be a string of 1 to 2048 characters']],
    [
      'whose address is relative',
      [{ url: URL_TEXT }, { url: '/hooks' }],
      ['/notify/1/url must be an absolute URL, such as https://example.com/hooks'],
    ],
    ['of another format', [{ url: URL_TEXT, format: 'email' }], ['/notify/0/format must be one of cloudevents, slack']],
    ['of no format', [{ url: URL_TEXT, format: null }], ['/notify/0/format must be one of cloudevents, slack']],
    [
      'with a secret for Slack',
      [{ url: URL_TEXT, format: 'slack', secret: makeSecret(24) }],
      ['/notify/0/secret is not for slack: leave it out, the address is the secret'],
    ],
  ])('%s is refused', (_, notify, faults) => {
    expect(refuse({ notify })).toEqual(faults);
  });

  it('takes an address of 2,048 characters', () => {
    expect(refuse({ notify: [{ url: TOO_LONG.slice(0, 2_048) }] })).toEqual([]);
  });

  it('is refused together with all other contradictions', () => {
    const notify = [{ url: 'hooks', format: 'slack', secret: makeSecret(24) }];
    expect(
      refuse({ when: { ...WHEN, on: ['mon'] }, clearsAt: 300, notify }).map((fault) => fault.split(' ')[0]),
    ).toEqual(['/when/on', '/clearsAt', '/notify/0/url', '/notify/0/secret']);
  });
});
