/** REDIS_URL: accepted forms, faults, and no secret in any output. */
import { loadConfig } from './load-config.js';
import { RedisUrl } from './redis-url.js';

const SECRET = 'p@ss/w#rd?';
const ENCODED_SECRET = encodeURIComponent(SECRET);

describe('a REDIS_URL', () => {
  it.each([
    ['redis://127.0.0.1', { kind: 'server', isTls: false, hosts: [{ host: '127.0.0.1', port: 6379 }], db: 0 }],
    ['redis://cache:6380/5', { kind: 'server', isTls: false, hosts: [{ host: 'cache', port: 6380 }], db: 5 }],
    ['redis://[::1]:7000/', { kind: 'server', isTls: false, hosts: [{ host: '::1', port: 7000 }], db: 0 }],
    [
      `rediss://tally:${ENCODED_SECRET}@cache.example.org`,
      {
        kind: 'server',
        isTls: true,
        hosts: [{ host: 'cache.example.org', port: 6379 }],
        username: 'tally',
        password: SECRET,
        db: 0,
      },
    ],
    [
      `redis://:${SECRET}@cache`,
      { kind: 'server', isTls: false, hosts: [{ host: 'cache', port: 6379 }], password: SECRET, db: 0 },
    ],
    [
      'redis+cluster://a:7000,b,c:7002',
      {
        kind: 'cluster',
        isTls: false,
        hosts: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
          { host: 'c', port: 7002 },
        ],
        db: 0,
      },
    ],
    [
      'rediss+sentinel://one,two:26380/the-master/3',
      {
        kind: 'sentinel',
        isTls: true,
        hosts: [
          { host: 'one', port: 26379 },
          { host: 'two', port: 26380 },
        ],
        masterName: 'the-master',
        db: 3,
      },
    ],
  ])('%s is parsed into an address', (text, address) => {
    expect(RedisUrl.parse(text)).toMatchObject({ address, fault: undefined });
  });

  it.each([
    ['127.0.0.1:6379', 'must be redis://host:port'],
    ['http://cache', 'must be redis://host:port'],
    ['redis://cache?db=1', 'must be redis://host:port'],
    ['redis://', 'host 1 must be host or host:port'],
    ['redis://cache:0', 'host 1 must be host or host:port'],
    ['redis://cache:65536', 'host 1 must be host or host:port'],
    ['redis://a,b', 'has several hosts: use redis+cluster:// or redis+sentinel://'],
    ['redis://cache/zero', 'must have the number of a database'],
    ['redis://cache/0/1', 'must have the number of a database'],
    ['redis://a redis://b', 'host 1 must be host or host:port'],
    ['redis+cluster://a,b,', 'host 3 must be host or host:port'],
    ['redis+cluster://a,b/1', 'must end after the hosts'],
    ['redis+sentinel://a,b', 'must have the name of the primary after the hosts'],
    ['redis+sentinel://a,b/name/0/1', 'must end after the name of the primary'],
    ['redis://user:100%@cache', 'must encode % in user and password as %25'],
  ])('%s is refused because it %s', (text, fault) => {
    expect(loadConfig({ REDIS_URL: text }).faults).toEqual([expect.stringContaining(`REDIS_URL: ${fault}`)]);
  });

  it.each([`redis://user:${SECRET}@cache`, `redis+cluster://:${SECRET}@a,b/1`, `redis://u:${SECRET}%@cache`, SECRET])(
    '%s, valid or not, never appears in output with its secret',
    (text) => {
      const { config, faults } = loadConfig({ REDIS_URL: text });
      expect(`${faults.join()} ${String(config.REDIS_URL)} ${JSON.stringify(config)}`).not.toContain(SECRET);
    },
  );

  it('is printed without user and password, and can be read from a file', () => {
    expect(String(RedisUrl.parse('rediss+sentinel://u:p@one:1,two:2/name/3'))).toBe(
      'rediss+sentinel://one:1,two:2/name/3',
    );
    expect(loadConfig({ REDIS_URL_FILE: '/nowhere' }).faults).toEqual([
      expect.stringContaining('REDIS_URL_FILE=/nowhere: cannot be read'),
    ]);
  });

  it('with only one of certificate and key is refused', () => {
    expect(loadConfig({ REDIS_CERT_FILE: 'a.pem' }).faults).toEqual([
      'REDIS_CERT_FILE, REDIS_KEY_FILE: must be set together',
    ]);
  });
});
