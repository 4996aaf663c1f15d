/** Notices about values of an address that do not exist. */

Object.defineProperty(globalThis, 'navigator', { value: { language: 'en', languages: ['en'] }, configurable: true });
const { listAddressFaults } = await import('./address-faults.js');

const definition = { counters: { orders: {} }, measures: { basket: {} } } as never;
const listFaults = (address: string): string[] =>
  listAddressFaults(new URL(address, 'http://localhost/'), definition).map((text) =>
    text.replace(/[\u2068\u2069]/gu, ''),
  );
const unknown = (given: string, shown: string): string =>
  `The address has ${given}, which is unknown. Shown instead: ${shown}.`;

it.each([
  ['/', []],
  ['/?kiosk&every=30&theme=dark&utm_source=mail#/shop?at=1772369977412&range=7d&sort=name&locale=de-CH', []],
  ['/?range=day&theme=system&sort=attention&group=board&period=&locale=it', []],
  ['/?counters=orders&chart=basket,orders&forms=stacked,orders:off', []],
  ['/#/shop?at=garbage', [unknown('at=garbage', 'Live')]],
  ['/#/shop?at=7', [unknown('at=7', 'Live')]],
  ['/?range=2h&period=fortnight', [unknown('period=fortnight', 'as on the board'), unknown('range=2h', 'Today')]],
  ['/?range=7d&from=x&to=y', [unknown('from=x', '7 d'), unknown('to=y', '7 d')]],
  ['/?from=2026-03-02T00:00Z&to=2026-03-01T00:00Z', ['The end must be after the start.']],
  ['/?form=pie&sort=age', [unknown('form=pie', 'as on the board'), unknown('sort=age', 'needs attention first')]],
  ['/?kiosk&every=often', [unknown('every=often', '15 s')]],
  [
    '/?theme=pink&locale=not_a_tag',
    [unknown('theme=pink', 'System'), unknown('locale=not_a_tag', 'As in the browser')],
  ],
  ['/?counters=ordrs&chart=visits&forms=sales:off', ['There is no counter ordrs, visits, sales.']],
])('%s: %j', (address, faults) => {
  expect(listFaults(address)).toEqual(faults);
});
