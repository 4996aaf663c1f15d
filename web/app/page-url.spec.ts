/** URLs and views convert to each other without loss. */
import { assert, boolean, constantFrom, property, record, stringMatching, uniqueArray } from 'fast-check';
import { toFragment, RANGE_NAMES, parsePageUrl } from './page-url.js';

const read = (address: string) => parsePageUrl(new URL(address, 'http://localhost/'));
const names = uniqueArray(stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), { maxLength: 4 });

describe('a URL', () => {
  it('without parameters selects the main dashboard and the defaults', () => {
    const defaults = { dashboard: 'main', counters: [], theme: 'system', kiosk: false };
    expect(read('/')).toEqual({ ...defaults, range: '1h', mode: 'value', chart: [] });
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
    ['/?theme=pink&range=2h&mode=x', { theme: 'system', range: '1h', mode: 'value' }],
    ['/#/shop?range=24h&mode=rate&chart=orders', { range: '24h', mode: 'rate', chart: ['orders'] }],
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
      mode: constantFrom('value', 'rate'),
      chart: names,
    });
    assert(property(views, (view) => expect(read(`/${toFragment(view)}`)).toEqual(view)));
  });

  it('of a view with default values is short', () => {
    expect(toFragment({ dashboard: 'shop' })).toBe('#/shop');
  });
});
