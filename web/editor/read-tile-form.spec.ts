/** Forms of settings: definitions become forms and come back the same; amounts are read in the reader's locale. */
import type { CounterDefinition, DashboardDefinition, MeasureDefinition } from '../../src/client/client.js';
import { toName, toSlug } from './new-name.js';
import { putTile, readTileForm, removeMeasure, rewriteAmounts } from './read-tile-form.js';
import { createTileForm, type TileForm, toTileForm } from './tile-form.js';

function define(counter: CounterDefinition, measure?: MeasureDefinition): DashboardDefinition {
  return {
    dashboard: 'shop',
    version: 1,
    title: 'Shop',
    counters: { it: counter, revenue: { scale: 2, currency: 'EUR' }, orders: {} },
    measures: measure ? { ratio: measure } : {},
    resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
  };
}

const COUNTERS: readonly CounterDefinition[] = [
  {},
  { title: 'Orders', headline: 'day', compareWith: 'previous', goodWhen: 'down', singular: 'order' },
  { scale: 2, currency: 'EUR', min: -500, target: { value: 1_900_050, per: 'day' } },
  { kind: 'gauge', unit: 'pcs', min: null, target: { value: 5 }, thresholds: [{ at: 20, level: 'warn' }] },
  {
    scale: 3,
    unit: 'kg',
    min: -1,
    thresholds: [-1, 0, 9_007_199_254_740_991].map((at) => ({ at, level: 'bad' as const })),
  },
  { headline: 'week', compareWith: 'year' },
];
const MEASURES: readonly MeasureDefinition[] = [
  { ratio: ['revenue', 'orders'], currency: 'EUR', headline: 'day', target: { value: 45.5, per: 'day' } },
  { ratio: ['orders', 'revenue'], percent: true, thresholds: [{ at: 2.5, level: 'warn' }] },
  { ratio: ['orders', 'revenue'], scale: 4, unit: 'x' },
  { sum: ['orders', '-revenue'], title: 'Net' },
];

describe.each(['en-GB', 'de-DE', 'fr-FR', 'ar-EG', 'en-IN'])('in %s', (locale) => {
  it.each(COUNTERS)('the counter %j is the same after its form was stored', (counter) => {
    const definition = define(counter);
    const read = readTileForm(toTileForm(definition, 'it', locale), definition, false, locale);
    expect(read.faults.size).toBe(0);
    expect(putTile(definition, read)).toEqual({ title: 'Shop', measures: {}, counters: { it: counter } });
  });

  it.each(MEASURES)('the measure %j is the same after its form was stored', (measure) => {
    const definition = define({}, measure);
    const read = readTileForm(toTileForm(definition, 'ratio', locale), definition, false, locale);
    expect(read.faults.size).toBe(0);
    expect(putTile(definition, read)).toEqual({ title: 'Shop', measures: { ratio: measure } });
  });
});

describe('a form', () => {
  const definition = define({ scale: 2, currency: 'EUR' });
  const form = toTileForm(definition, 'it', 'de-DE');
  const read = (change: Partial<TileForm>) => readTileForm({ ...form, ...change }, definition, false, 'de-DE');
  const toThresholds = (...texts: string[]) => texts.map((at) => ({ at, level: 'warn' as const }));

  it.each<[Partial<TileForm>, string, object]>([
    [{ target: 'many' }, 'target/value', { kind: 'malformed', text: 'many' }],
    [{ target: '1,005' }, 'target/value', { kind: 'too-precise' }],
    [{ target: '0' }, 'target/value', { kind: 'zero' }],
    [{ target: '-3' }, 'target/value', { kind: 'below-lowest', lowest: 0 }],
    [{ min: '5', target: '4,99' }, 'target/value', { kind: 'below-lowest', lowest: 500 }],
    [{ target: '-3', per: 'day', headline: 'day' }, 'target/value', { kind: 'below-lowest', lowest: 0 }],
    [{ thresholds: toThresholds('-1') }, 'thresholds/0/at', { kind: 'below-lowest', lowest: 0 }],
    [{ title: ' ' }, 'title', { kind: 'untitled' }],
    [{ target: '90071992547409,92' }, 'target/value', { kind: 'too-large' }],
    [{ min: 'x' }, 'min', { kind: 'malformed' }],
    [{ thresholds: toThresholds('4.000', '3500') }, 'thresholds/1/at', { kind: 'not-above', before: 400_000 }],
    [{ thresholds: toThresholds('1', '') }, 'thresholds/1/at', { kind: 'empty' }],
    [{ kind: 'ratio', ratio: ['orders', ''] }, 'ratio/1', { kind: 'not-chosen' }],
    [{ kind: 'sum', sum: ['orders', '-'] }, 'sum/1', { kind: 'not-chosen' }],
  ])('with %j is refused at its field', (change, field, fault) => {
    const { faults } = read(change);
    expect([...faults.keys()]).toEqual([field]);
    expect(faults.get(field)).toMatchObject(fault);
  });

  it('writes amounts as the locale does when a field is left', () => {
    const written = rewriteAmounts({ ...form, target: '19000,5', min: 'x' }, definition, 'de-DE');
    expect(written).toMatchObject({ target: '19.000,50', min: 'x' });
  });

  it('of something new needs a title and a free name, and says its decimals once', () => {
    const created = { ...createTileForm('counter', 'en'), title: 'Weight', name: 'weight', scale: '3', unit: 'kg' };
    const check = (change: Partial<TileForm>) => readTileForm({ ...created, ...change }, definition, true, 'en');
    expect(check({}).presentation).toEqual({ title: 'Weight', unit: 'kg', scale: 3, headline: 'day' });
    expect(check({ title: ' ' }).faults.get('title')).toEqual({ kind: 'untitled' });
    expect(check({ name: 'orders' }).faults.get('name')).toEqual({ kind: 'name-taken' });
    expect(check({ name: 'Orders' }).faults.get('name')).toEqual({ kind: 'malformed-name' });
  });

  it('is not needed to remove a measure: its tile goes with it', () => {
    const layout = { groups: [{ tiles: [{ show: 'ratio' }, { show: 'it' }] }] };
    const present = { ...define({}, { sum: ['orders'] }), layout };
    expect(removeMeasure(present, 'ratio')).toEqual({
      title: 'Shop',
      measures: {},
      layout: { groups: [{ tiles: [{ show: 'it' }] }] },
    });
  });
});

describe('a name', () => {
  it.each([
    ['New orders', 'new-orders'],
    ['Größe (kg)', 'grosse-kg'],
    ['Rücksendungen', 'rucksendungen'],
    ['2nd visits', 'nd-visits'],
    ['طلبات', ''],
    ['a'.repeat(80), 'a'.repeat(60)],
  ])('follows from the title %s', (title, name) => {
    expect(toSlug(title)).toBe(name);
  });

  it('is free, also where the title has no Latin letters', () => {
    const definition = define({});
    expect([toName('Orders', definition), toName('طلبات', definition), toName('', definition)]).toEqual([
      'orders-2',
      'counter',
      '',
    ]);
  });
});
