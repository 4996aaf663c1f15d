/** docs/explanation/capacity.md shows the results of its own costs and formula. */
import { readFileSync } from 'node:fs';
import { COST_NAMES, type Costs, formatCosts, hasAllCosts, parseCosts } from '../../bench/capacity/costs.js';
import {
  computeCapacity,
  computeMaxDashboardRate,
  computeRelays,
  countPoints,
  type Size,
} from '../../bench/capacity/formula.js';
import { parseSizes, SIZES } from '../../bench/capacity/sizes.js';
import { formatMarkdown } from '../../bench/capacity/table.js';
import { readSection, replaceSection } from '../../bench/generated-section.js';

const page = readFileSync(new URL('../../docs/explanation/capacity.md', import.meta.url), 'utf8');

function parseWholeCosts(text: string): Costs {
  const costs = parseCosts(text);
  if (typeof costs === 'string' || !hasAllCosts(costs)) throw new Error(`no whole costs: ${JSON.stringify(costs)}`);
  return costs;
}

function parseSize(options: Parameters<typeof parseSizes>[0]): Size {
  const sizes = parseSizes(options);
  const [size] = typeof sizes === 'string' ? [] : sizes.values();
  if (!size) throw new Error('no size');
  return size;
}

const sampleCosts = parseWholeCosts(COST_NAMES.map((name, index) => `${name}=${index + 1}`).join(','));
const size = parseSize({ viewers: '100000', dashboards: '100', changes: '200', 'instance-viewers': '50000' });

describe('docs/explanation/capacity.md', () => {
  it('shows the results of its costs, and the command that computes them again', () => {
    const block = readSection(page, 'capacity');
    const costs = parseWholeCosts(/--costs (\S+)/.exec(block)?.[1] ?? '');
    const provenance = /^`npm run capacity` ([^]*?)\n\n/.exec(block)?.[1] ?? '';
    expect(provenance).toMatch(/^at commit [^]* load \d+\.\d\.$/);
    expect(block).toBe(formatMarkdown(SIZES, costs, provenance).trim());
  });

  it('is regenerated without changing the text around the section', () => {
    expect(replaceSection(page, 'capacity', readSection(page, 'capacity'))).toBe(page);
    expect(replaceSection(page, 'bench', readSection(page, 'bench'))).toBe(page);
    const other = replaceSection(page, 'capacity', 'other');
    expect(readSection(other, 'capacity')).toBe('other');
    expect(readSection(other, 'bench')).toBe(readSection(page, 'bench'));
    expect(() => replaceSection('nothing', 'bench', 'other')).toThrow('the page has no');
  });
});

describe('costs', () => {
  it('are formatted as they are parsed', () => {
    expect(parseWholeCosts(formatCosts(sampleCosts))).toEqual(sampleCosts);
  });

  it('that are unknown or negative are named in the error', () => {
    expect(parseCosts('frameUs=9,tea=1')).toMatch(/^--costs: unknown cost tea: use frameUs, /);
    expect(parseCosts('frameUs=-1')).toBe('--costs: frameUs=-1: must be a number of at least 0');
  });
});

describe('a capacity', () => {
  it('is the total work divided by the share of a core that may be used', () => {
    const free: Costs = { ...sampleCosts, receivedPatchUs: 0, changeUs: 0, idleUs: 0, frameUs: 10 };
    // 100,000 viewers receive 2 frames a second of 10 us each: 2 cores, of which half may be used.
    expect(computeCapacity(size, free)).toMatchObject({ frames: 200_000, instanceCores: 2, instances: 4, steps: 200 });
    expect(computeCapacity({ ...size, busy: 0.25 }, free).instances).toBe(8);
    // 10 us more each second for the heartbeats and pings of each.
    expect(computeCapacity(size, { ...free, idleUs: 10 })).toMatchObject({ instanceCores: 3, instances: 6 });
    expect(computeCapacity({ ...size, instanceViewers: 10_000 }, free).instances).toBe(10);
  });

  it('has enough instances for the patches that they publish to each other', () => {
    const { instances, instanceCores, patches } = computeCapacity(size, { ...sampleCosts, receivedPatchUs: 1_000 });
    expect(patches).toBe(200 * instances);
    expect(instanceCores / size.busy).toBeLessThanOrEqual(instances);
  });

  it('counts at most as many frames as a viewer receives, even if changes are more frequent', () => {
    expect(computeCapacity({ ...size, changes: 100_000 }, sampleCosts).frames).toBe(size.viewers * size.frames);
  });

  it('includes keys of three days, ledgers of maximum length, and a point for each bucket with changes', () => {
    const { keysGb, ledgerGb } = computeCapacity(size, { ...sampleCosts, keyBytes: 100, entryBytes: 50 });
    expect(keysGb).toBeCloseTo((200 * 3 * 86_400 * 100) / 1e9);
    expect(ledgerGb).toBeCloseTo((100 * 1_000_000 * 50) / 1e9);
    expect(countPoints(0)).toBe(0);
    expect(countPoints(1_000)).toBeCloseTo(7_200 + 20_160 + 17_520);
  });

  it('of one dashboard is limited by one core of Redis, and grows with the size of its batches', () => {
    const costs: Costs = { ...sampleCosts, redisChangeUs: 10, redisCallUs: 90 };
    expect(computeMaxDashboardRate(size, costs, 1)).toBe(5_000);
    expect(computeMaxDashboardRate(size, costs, 90)).toBeCloseTo(45_454.5, 0);
  });

  it('with relays has one frame for each relay and dashboard at the store, and lines for its changes', () => {
    const costs: Costs = { ...sampleCosts, receivedPatchUs: 0, changeUs: 0, idleUs: 0, frameUs: 10, lineUs: 5 };
    // 100,000 viewers receive 2 frames a second of 10 us each: 2 cores, of which half may be used.
    const { relays, relayFrames, relayCores, ownerCores } = computeRelays(size, costs);
    expect([relays, relayCores, relayFrames]).toEqual([4, 2, 800]);
    expect(ownerCores).toBeCloseTo((200 * 5 + 800 * 10) / 1e6);
  });

  it('is not computed for impossible sizes', () => {
    expect(parseSizes({ viewers: 'many' })).toBe('--viewers many: must be a number greater than 0');
    expect(parseSizes({ dashboards: '10', watched: '11' })).toBe(
      '--watched and --changing must not exceed --dashboards',
    );
  });
});
