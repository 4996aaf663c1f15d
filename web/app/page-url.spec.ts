/** URLs and views convert to each other without loss. */
import { assert, boolean, constantFrom, property, record, stringMatching, uniqueArray } from 'fast-check';
import { DEFAULT_VIEW, toFragment, RANGE_NAMES, parsePageUrl } from './page-url.js';

const read = (address: string) => parsePageUrl(new URL(address, 'http://localhost/'));
const names = uniqueArray(stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), { maxLength: 4 });

describe('a URL', () => {
  it('without parameters selects the main dashboard and the defaults', () => {
    expect(read('/')).toEqual(DEFAULT_VIEW);
    expect(DEFAULT_VIEW).toMatchObject({ dashboard: 'main', theme: 'system', kiosk: false, range: 'day' });
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
    ['/?theme=pink&range=2h&period=x', { theme: 'system', range: 'day', period: undefined }],
    ['/#/shop?range=7d&period=week&chart=orders', { range: '7d', period: 'week', chart: ['orders'] }],
    ['/?kiosk&rotate=shop,ops&every=30s', { kiosk: true, dashboard: 'shop', rotate: ['shop', 'ops'], every: 30 }],
    ['/?every=2m', { every: 120 }],
    ['/?every=1s', { every: 5 }],
    ['/#/shop?at=2026-11-28T14:00:00Z', { at: Date.UTC(2026, 10, 28, 14) }],
    ['/?counters=orders,,orders,%20products', { counters: ['orders', 'products'] }],
    ['/#/%zz', { dashboard: '%zz' }],
  ])('%s selects %j', (address, view) => {
    expect(read(address)).toMatchObject(view);
  });

  it('made from a view selects that view', () => {
    const views = record({
      dashboard: stringMatching(/^[a-z][a-z0-9_-]{0,20}$/),
      counters: names,
      theme: constantFrom('light', 'dark', 'system'),
      kiosk: boolean(),
      range: constantFrom(...RANGE_NAMES),
      period: constantFrom(undefined, 'total', 'day', 'year'),
      form: constantFrom(undefined, 'tiles', 'list', 'top'),
      all: boolean(),
      every: constantFrom(undefined, 5, 90, 3_600),
      at: constantFrom(undefined, Date.UTC(2026, 10, 28, 14)),
      chart: names,
    });
    assert(property(views, (view) => expect(read(`/${toFragment(view)}`)).toEqual({ ...DEFAULT_VIEW, ...view })));
  });

  it('of a view with default values is short', () => {
    expect(toFragment({ dashboard: 'shop' })).toBe('#/shop');
  });
});
