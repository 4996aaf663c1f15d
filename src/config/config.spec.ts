/** Loading the configuration from an environment: defaults, faults and warnings. */
import { Config, VARIABLES } from './config.js';
import { loadConfig, RENAMED_VARIABLES } from './load-config.js';

describe('an environment', () => {
  it('that lets anyone write under any host name causes a warning', () => {
    const { warnings } = loadConfig({ ALLOW_ANONYMOUS: 'write' });
    expect(warnings).toEqual([expect.stringMatching(/^ALLOW_ANONYMOUS=write without ALLOWED_HOSTS: /)]);
    expect(loadConfig({ ALLOW_ANONYMOUS: 'write', ALLOWED_HOSTS: 'tally.example.org' }).warnings).toEqual([]);
  });

  it('with Redis, tokens and no TICKET_SECRET causes a warning', () => {
    const many = { STORE: 'redis', WRITE_TOKENS: 'till:0123456789abcdef' };
    expect(loadConfig(many).warnings).toEqual([expect.stringMatching(/^STORE=redis without TICKET_SECRET: /)]);
    expect(loadConfig({ ...many, TICKET_SECRET: '0123456789abcdef'.repeat(2) }).warnings).toEqual([]);
    expect(loadConfig({ ...many, STORE: 'sqlite' }).warnings).toEqual([]);
    expect(loadConfig({ STORE: 'redis' }).warnings).toEqual([]);
  });

  it('without variables gives the defaults', () => {
    const { config, faults, warnings } = loadConfig({ HOME: '/root', PATH: '/bin' });
    expect([faults, warnings]).toEqual([[], []]);
    expect(config).toBeInstanceOf(Config);
    expect(config).toEqual(new Config());
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 8082, STORE: 'sqlite', DATA_DIR: './data' });
  });

  it('gives numbers for numeric variables and text for the others', () => {
    const { config, faults } = loadConfig({ PORT: ' 0 ', STORE: 'memory', DATA_DIR: '/srv/42', HEARTBEAT_MS: '0500' });
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ PORT: 0, STORE: 'memory', DATA_DIR: '/srv/42', HEARTBEAT_MS: 500 });
  });

  it('may prefix any variable with TALLYBOARD_, which takes precedence', () => {
    const { config, warnings } = loadConfig({ PORT: '1', TALLYBOARD_PORT: '2', TALLYBOARD_STORE: 'memory' });
    expect(config).toMatchObject({ PORT: 2, STORE: 'memory' });
    expect(warnings).toEqual([]);
  });

  it('ignores empty values', () => {
    const { config, faults } = loadConfig({ PORT: '', HOST: '', TALLYBOARD_DATA_DIR: '', DATA_DIR: '/srv' });
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ PORT: 8082, HOST: '127.0.0.1', DATA_DIR: '/srv' });
  });

  it('with several faults is refused with one line for each of them', () => {
    const { faults } = loadConfig({ PORT: '65536', STORE: 'mysql', TALLYBOARD_MAX_VIEWERS: 'many', LOG_LEVEL: 'loud' });
    expect(faults).toHaveLength(4);
    expect(faults).toEqual(
      expect.arrayContaining([
        'PORT=65536: must be an integer from 0 to 65535',
        'STORE=mysql: must be one of sqlite, redis, memory, upstream',
        'MAX_VIEWERS=many: must be an integer from 0 to 1000000',
        'LOG_LEVEL=loud: must be one of error, warn, info, debug',
      ]),
    );
  });

  it.each(['-1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '8082;', '1_000', '9'.repeat(16), ' '])(
    'with PORT=%j is refused',
    (port) => {
      expect(loadConfig({ PORT: port }).faults).toEqual([`PORT=${port}: must be an integer from 0 to 65535`]);
    },
  );

  it('with the same METRICS_PORT and PORT is refused; without METRICS_PORT there is no metrics port', () => {
    const fault = 'METRICS_PORT=9100: must differ from PORT';
    expect(loadConfig({ PORT: '9100', METRICS_PORT: '9100' }).faults).toEqual([fault]);
    expect(loadConfig({ PORT: '0', METRICS_PORT: '0' }).faults).toEqual([]);
    expect(loadConfig({ METRICS_PORT: '' }).config.METRICS_PORT).toBeUndefined();
    expect(loadConfig({ METRICS_PORT: '9100' }).config.METRICS_PORT).toBe(9_100);
  });

  it.each(['0', '65535'])('accepts PORT=%s, a bound of the range', (port) => {
    expect(loadConfig({ PORT: port }).faults).toEqual([]);
  });

  it.each(['/', 'tally', '/tally/', '//', '/a//b', '/..', '/a/./b', '/a b', '/%61', '/a?b', '/a;b', 'http://x/a'])(
    'with BASE_PATH=%j is refused',
    (path) => {
      expect(loadConfig({ BASE_PATH: path }).faults).toEqual([
        expect.stringMatching(/^BASE_PATH=.*: must be a path such as \/tally or \/a\/b/),
      ]);
    },
  );

  it.each(['Europe/Berlim', '+02:00', 'PST'])('with TIME_ZONE=%j is refused', (zone) => {
    const fault = expect.stringMatching(/^TIME_ZONE=.*: must be the name of a time zone/);
    expect(loadConfig({ TALLYBOARD_TIME_ZONE: zone }).faults).toEqual([fault]);
    expect(loadConfig({ TALLYBOARD_TIME_ZONE: 'Asia/Kathmandu' }).config.TIME_ZONE).toBe('Asia/Kathmandu');
  });

  it.each([
    ['ALLOWED_ORIGINS', 'https://a.example.org;sandbox', /: must be origins such as/],
    ['FRAME_ANCESTORS', 'https://a.example.org/', /: must be origins such as .*, or none$/],
    ['FRAME_ANCESTORS', '*', /: must be origins such as .*, or none$/],
    ['FRAME_ANCESTORS', 'none,https://a.example.org', /: none cannot be combined with origins$/],
  ])('with %s=%s is refused', (name, value, fault) => {
    expect(loadConfig({ [name]: value }).faults).toEqual([expect.stringMatching(fault)]);
  });

  it.each(['/tally', '/a/b', '/.well-known/x~1_2.3', '/...'])('accepts BASE_PATH=%j', (path) => {
    expect(loadConfig({ BASE_PATH: path })).toMatchObject({ config: { BASE_PATH: path }, faults: [] });
  });

  it.each([
    ['TALLYBOARD_PROT', 'TALLYBOARD_PORT'],
    ['TALLYBOARD_DATADIR', 'TALLYBOARD_DATA_DIR'],
    ['TALLYBOARD_HEARTBEAT', 'TALLYBOARD_HEARTBEAT_MS'],
  ])('with the unknown variable %s causes a warning that suggests %s', (name, nearest) => {
    expect(loadConfig({ [name]: '1' }).warnings).toEqual([
      `${name} is ignored: Tallyboard has no such variable; did you mean ${nearest}?`,
    ]);
  });

  describe.each(Object.entries(RENAMED_VARIABLES))('that sets %s, now named %s,', (oldName, newName) => {
    it.each([
      [oldName, newName],
      [`TALLYBOARD_${oldName}`, `TALLYBOARD_${newName}`],
    ])('as %s causes a warning that names %s, and the value is ignored', (spelling, replacement) => {
      const { config, faults, warnings } = loadConfig({ [spelling]: 'not a number' });
      expect(warnings).toEqual([`${spelling} is ignored: it is now ${replacement}`]);
      expect(faults).toEqual([]);
      expect(config).toEqual(new Config());
    });

    it('to an empty value causes no warning', () => {
      expect(loadConfig({ [oldName]: '', [`TALLYBOARD_${oldName}`]: '' }).warnings).toEqual([]);
    });

    it('cannot use the old name: only the new one is a variable', () => {
      const names: readonly string[] = VARIABLES.map(({ name }) => name);
      expect(names).toContain(newName);
      expect(names).not.toContain(oldName);
    });
  });

  it('with variables of other programs causes no warning', () => {
    expect(loadConfig({ PROT: '1', NODE_ENV: 'production', __proto__: 'x' }).warnings).toEqual([]);
  });

  it('with the token of the command line causes no warning', () => {
    expect(loadConfig({ TALLYBOARD_TOKEN: 'secret' }).warnings).toEqual([]);
  });

  it('does not affect configurations that were loaded before from another one', () => {
    const first = loadConfig({ PORT: '1' }).config;
    loadConfig({ PORT: '2' });
    expect([first.PORT, new Config().PORT]).toEqual([1, 8082]);
  });
});

describe('every variable', () => {
  it.each(VARIABLES)('$name has a description, and a default that is valid', ({ name, description, default: text }) => {
    expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(loadConfig({ [name]: text }).faults).toEqual([]);
    expect(String(loadConfig({ [name]: text }).config[name] ?? '')).toBe(text);
  });
});
