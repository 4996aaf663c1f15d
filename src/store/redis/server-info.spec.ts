/** Identifying servers from INFO of Redis and Valkey, and refusing those that cannot be used. */
import { findServerFault, parseServerInfo, formatServerName } from './server-info.js';
import type { RedisAddress } from '../../config/redis-url.js';

const REDIS = ['# Server', 'redis_version:7.0.15', 'redis_mode:standalone', ''];
/** INFO of Valkey 8.1. Its redis_version is the version of Redis that it is compatible with. */
const VALKEY = [
  '# Server',
  'redis_version:7.2.4',
  'server_name:valkey',
  'valkey_version:8.1.1',
  'server_mode:standalone',
  '',
];
const at = (kind: RedisAddress['kind']): RedisAddress => ({ kind, isTls: false, hosts: [], db: 0 });

it('product and version are read from INFO', () => {
  expect([REDIS, VALKEY].map((lines) => formatServerName(parseServerInfo(lines.join('\r\n'))))).toEqual([
    'Redis 7.0.15',
    'Valkey 8.1.1',
  ]);
});

it.each([
  [REDIS, 'standalone', 'server', 0, /^$/],
  [VALKEY, 'standalone', 'server', 1, /^$/],
  [REDIS, 'standalone', 'server', 1, /^Redis 7\.0\.15 does not support REDIS_WAIT_AOF=1/],
  [REDIS, 'standalone', 'cluster', 0, /is not in a Cluster/],
  [VALKEY, 'standalone', 'cluster', 0, /is not in a Cluster/],
  [REDIS, 'cluster', 'server', 0, /use redis\+cluster:/],
  [VALKEY, 'cluster', 'server', 0, /use redis\+cluster:/],
  [REDIS, 'sentinel', 'server', 0, /points to a Sentinel/],
  [VALKEY, 'sentinel', 'sentinel', 0, /points to a Sentinel/],
  [['redis_version:6.2.14', 'redis_mode:standalone'], 'standalone', 'server', 0, /6\.2\.14 is too old/],
  // A server that reports nothing is accepted.
  [[], 'standalone', 'server', 1, /^$/],
] as const)(
  'the server %j in mode %s at redis+%s with REDIS_WAIT_AOF=%i is accepted, or refused with: %s',
  (lines, mode, kind, waitAof, message) => {
    const info = parseServerInfo(lines.join('\r\n').replace('standalone', mode));
    expect(findServerFault(info, at(kind), waitAof)?.message ?? '').toMatch(message);
  },
);
