/** URLs and views convert to each other without loss. */
import {
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  stringMatching,
  uniqueArray,
} from 'fast-check';
import { BOARD_FORMS, DEFAULT_VIEW, parsePageUrl, RANGE_NAMES, SORT_ORDERS, THEMES, toFragment } from './page-url.js';

const read = (address: string) => parsePageUrl(new URL(address, 'http://localhost/'));
const names = uniqueArray(stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), { maxLength: 4 });

describe('a URL', () => {
  it('without parameters selects the main dashboard and the defaults', () => {
    expect(read('/')).toEqual(DEFAULT_VIEW);
    expect(read('/#/')).toEqual(read('/'));
    expect(read('/#')).toEqual(read('/'));
  });

  it.each([
    ['/#/shop', { dashboard: 'shop' }],
    ['/#shop', { dashboard: 'shop' }],
    ['/?counters=orders,products#/shop', { dashboard: 'shop', counters: ['orders', 'products'] }],
    ['/?kiosk', { kiosk: true }],
    ['/?kiosk=1&theme=dark', { kiosk: true, theme: 'dark' }],
    ['/?kiosk=0', { kiosk: false }],
    ['/?theme=light#/shop?theme=dark', { theme: 'dark' }],
    ['/?theme=pink&range=2h&sort=x&at=x&every=x', DEFAULT_VIEW],
    ['/?at=7&from=99999999999999999999&to=2026-13-01T00:00Z', DEFAULT_VIEW],
    ['/#/shop?range=7d&period=week&chart=orders', { range: '7d', period: 'week', chart: ['orders'] }],
    ['/?kiosk&rotate=shop,ops&every=1s', { dashboard: 'shop', rotate: ['shop', 'ops'], every: 5 }],
    ['/#/shop?at=2026-11-29T12:00:00Z', { at: Date.UTC(2026, 10, 29, 12) }],
    ['/?counters=orders,,orders,%20products', { counters: ['orders', 'products'] }],
    ['/#/%zz', { dashboard: '%zz' }],
  ])('%s selects %j', (address, view) => {
    expect(read(address)).toMatchObject(view);
  });

  it('made from a view selects that view', () => {
    const time = oneof(constant(undefined), integer({ min: 1e9, max: 4e12 }));
    const views = record({
      dashboard: stringMatching(/^[a-z][a-z0-9_-]{0,20}$/),
      counters: names,
      theme: constantFrom(...THEMES),
      locale: constantFrom('', 'de', 'fr-CA'),
      kiosk: boolean(),
      all: boolean(),
      rotate: names,
      every: oneof(constant(undefined), integer({ min: 5, max: 3_600 })),
      period: constantFrom(undefined, 'total', 'week'),
      form: constantFrom(undefined, ...BOARD_FORMS),
      sort: constantFrom(...SORT_ORDERS),
      group: constantFrom('board', 'none'),
      range: constantFrom(...RANGE_NAMES),
      from: time,
      to: time,
      chart: names,
      forms: names,
      at: time,
    });
    assert(property(views, (view) => expect(read(`/${toFragment(view)}`)).toEqual({ ...DEFAULT_VIEW, ...view })));
  });

  it('of a view with default values is short', () => {
    expect(toFragment({ dashboard: 'shop' })).toBe('#/shop');
  });
});
