/** What a server says of itself, in the words of Redis and of Valkey, and what of it is refused. */
import { findServerFault, parseServerInfo, formatServerName } from './server-info.js';
import type { RedisAddress } from '../../config/redis-url.js';

const REDIS = ['# Server', 'redis_version:7.0.15', 'redis_mode:standalone', ''];
/** As Valkey 8.1 has it: the version of Redis is that of the last one that it is like. */
const VALKEY = [
  '# Server',
  'redis_version:7.2.4',
  'server_name:valkey',
  'valkey_version:8.1.1',
  'server_mode:standalone',
  '',
];
const at = (kind: RedisAddress['kind']): RedisAddress => ({ kind, isTls: false, hosts: [], db: 0 });

it('is called by its own name', () => {
  expect([REDIS, VALKEY].map((lines) => formatServerName(parseServerInfo(lines.join('\r\n'))))).toEqual([
    'Redis 7.0.15',
    'Valkey 8.1.1',
  ]);
});

it.each([
  [REDIS, 'standalone', 'server', 0, /^$/],
  [VALKEY, 'standalone', 'server', 1, /^$/],
  [REDIS, 'standalone', 'server', 1, /^Redis 7\.0\.15 cannot do what REDIS_WAIT_AOF asks for/],
  [REDIS, 'standalone', 'cluster', 0, /is no Cluster/],
  [VALKEY, 'standalone', 'cluster', 0, /is no Cluster/],
  [REDIS, 'cluster', 'server', 0, /write redis\+cluster:/],
  [VALKEY, 'cluster', 'server', 0, /write redis\+cluster:/],
  [REDIS, 'sentinel', 'server', 0, /leads to a Sentinel/],
  [VALKEY, 'sentinel', 'sentinel', 0, /leads to a Sentinel/],
  [['redis_version:6.2.14', 'redis_mode:standalone'], 'standalone', 'server', 0, /6\.2\.14 is too old/],
  // What is not told is not held against it.
  [[], 'standalone', 'server', 1, /^$/],
] as const)('%j as %s at redis+%s with REDIS_WAIT_AOF=%i', (lines, mode, kind, waitAof, said) => {
  const info = parseServerInfo(lines.join('\r\n').replace('standalone', mode));
  expect(findServerFault(info, at(kind), waitAof)?.message ?? '').toMatch(said);
});
