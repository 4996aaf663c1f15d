/** The durability report for each combination of settings; it promises nothing that it cannot know. */
import { describeDurability, type AcknowledgementRequirements } from './durability-report.js';
import type { PersistenceSettings } from './persistence-settings.js';

const STRONGEST_SETTINGS: PersistenceSettings = {
  appendonly: 'yes',
  appendfsync: 'always',
  syncsDuringRewrite: true,
  save: '',
  replicas: 0,
  evictionPolicy: 'noeviction',
};
const NO_REQUIREMENTS: AcknowledgementRequirements = { waitReplicas: 0, waitAof: 0, hasSentinels: false };

it('the report says that changes survive with appendfsync always and no replica to fail over to', () => {
  expect(describeDurability(STRONGEST_SETTINGS, NO_REQUIREMENTS)).toMatchObject({
    acknowledged: 'on the disk of Redis (appendfsync always)',
    survives: 'yes',
    warnings: [],
  });
});

it.each<
  [Partial<PersistenceSettings>, Partial<AcknowledgementRequirements>, string, 'yes' | 'no' | 'unknown', string[]]
>([
  [{ appendfsync: 'everysec' }, {}, 'on its disk about a second later', 'no', ['about a second of acknowledged']],
  [{ appendfsync: 'no' }, {}, 'on its disk when the operating system writes it', 'no', ['half a minute']],
  [{ appendfsync: 'everysec' }, { waitAof: 1 }, 'on the disk of Redis (REDIS_WAIT_AOF=1)', 'yes', []],
  [
    { appendfsync: 'no' },
    { waitAof: 1 },
    'REDIS_WAIT_AOF=1',
    'yes',
    ['REDIS_WAIT_AOF=1 needs syncs by Redis, and it has appendfsync no'],
  ],
  [{ appendonly: 'no' }, {}, 'only in the memory of Redis', 'no', ['loses everything']],
  [{ appendonly: 'no', save: '3600 1' }, {}, 'with its next snapshot', 'no', ['since its last snapshot']],
  [
    { appendonly: 'no' },
    { waitAof: 1 },
    'in the memory',
    'no',
    ['loses everything', 'changes are refused: REDIS_WAIT_AOF=1'],
  ],
  [{ syncsDuringRewrite: false }, {}, 'on the disk of Redis', 'no', ['while it rewrites its append-only file']],
  [{ syncsDuringRewrite: false }, { waitAof: 1 }, 'on the disk of Redis', 'yes', []],
  [{ replicas: 1 }, {}, 'on the disk of Redis', 'no', ['a failover can lose']],
  [{}, { hasSentinels: true }, 'on the disk of Redis', 'no', ['a failover can lose']],
  [{ replicas: 1 }, { waitReplicas: 1 }, 'always), and in the memory of 1 replica', 'yes', []],
  [{ replicas: 2 }, { waitAof: 3 }, 'and on the disk of 2 replicas', 'yes', []],
  [{ replicas: 1 }, { waitReplicas: 2 }, 'of 2 replicas', 'yes', ['2 replicas must confirm them, 1 connected']],
  [{ evictionPolicy: 'allkeys-lru' }, {}, 'on the disk', 'no', ['maxmemory-policy allkeys-lru']],
  [{ evictionPolicy: 'volatile-ttl' }, {}, 'on the disk', 'no', ['evicts ledger, history and idempotency keys']],
  [{ appendfsync: 'unknown' }, {}, 'its appendfsync setting is unknown', 'unknown', ['cannot be read']],
  [{ appendfsync: 'unknown' }, { waitAof: 1 }, 'on the disk of Redis (REDIS_WAIT_AOF=1)', 'yes', []],
  [{ appendonly: 'unknown', appendfsync: 'unknown' }, {}, 'settings are unknown', 'unknown', ['cannot be read']],
  [
    { appendonly: 'unknown', evictionPolicy: 'allkeys-lfu' },
    {},
    'settings are unknown',
    'no',
    ['cannot be read', 'allkeys-lfu'],
  ],
])(
  'with the settings %j and the requirements %j the report says %j',
  (settings, requirements, acknowledged, survives, warnings) => {
    const durability = describeDurability(
      { ...STRONGEST_SETTINGS, ...settings },
      { ...NO_REQUIREMENTS, ...requirements },
    );
    expect(durability.acknowledged).toContain(acknowledged);
    expect(durability.survives).toBe(survives);
    expect(durability.warnings).toEqual(warnings.map((part) => expect.stringContaining(part)));
  },
);
