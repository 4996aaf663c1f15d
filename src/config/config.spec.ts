/** The configuration as an environment gives it: defaults, faults all at once, and warnings of what is misspelt. */
import { Config, VARIABLES } from './config.js';
import { loadConfig, RENAMED_VARIABLES } from './load-config.js';

describe('an environment', () => {
  it('that lets anybody change counts by any name is warned of', () => {
    const { warnings } = loadConfig({ ALLOW_ANONYMOUS: 'write' });
    expect(warnings).toEqual([expect.stringMatching(/^ALLOW_ANONYMOUS=write without ALLOWED_HOSTS: /)]);
    expect(loadConfig({ ALLOW_ANONYMOUS: 'write', ALLOWED_HOSTS: 'tally.example.org' }).warnings).toEqual([]);
  });

  it('that has several instances give tickets without a secret for all of them is warned of', () => {
    const many = { STORE: 'redis', WRITE_TOKENS: 'till:0123456789abcdef' };
    expect(loadConfig(many).warnings).toEqual([expect.stringMatching(/^STORE=redis without TICKET_SECRET: /)]);
    expect(loadConfig({ ...many, TICKET_SECRET: '0123456789abcdef'.repeat(2) }).warnings).toEqual([]);
    expect(loadConfig({ ...many, STORE: 'sqlite' }).warnings).toEqual([]);
    expect(loadConfig({ STORE: 'redis' }).warnings).toEqual([]);
  });

  it('that says nothing gives the defaults', () => {
    const { config, faults, warnings } = loadConfig({ HOME: '/root', PATH: '/bin' });
    expect([faults, warnings]).toEqual([[], []]);
    expect(config).toBeInstanceOf(Config);
    expect(config).toEqual(new Config());
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 8082, STORE: 'sqlite', DATA_DIR: './data' });
  });

  it('is read with numbers as numbers and words as words', () => {
    const { config, faults } = loadConfig({ PORT: ' 0 ', STORE: 'memory', DATA_DIR: '/srv/42', HEARTBEAT_MS: '0500' });
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ PORT: 0, STORE: 'memory', DATA_DIR: '/srv/42', HEARTBEAT_MS: 500 });
  });

  it('may write any variable with the prefix, which wins', () => {
    const { config, warnings } = loadConfig({ PORT: '1', TALLYBOARD_PORT: '2', TALLYBOARD_STORE: 'memory' });
    expect(config).toMatchObject({ PORT: 2, STORE: 'memory' });
    expect(warnings).toEqual([]);
  });

  it('with empty values is as if they were not there', () => {
    const { config, faults } = loadConfig({ PORT: '', HOST: '', TALLYBOARD_DATA_DIR: '', DATA_DIR: '/srv' });
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ PORT: 8082, HOST: '127.0.0.1', DATA_DIR: '/srv' });
  });

  it('with many faults is told of all of them at once, a line each', () => {
    const { faults } = loadConfig({ PORT: '65536', STORE: 'mysql', TALLYBOARD_MAX_VIEWERS: 'many', LOG_LEVEL: 'loud' });
    expect(faults).toHaveLength(4);
    expect(faults).toEqual(
      expect.arrayContaining([
        'PORT=65536: must be a whole number from 0 to 65535',
        'STORE=mysql: must be one of sqlite, redis, memory',
        'MAX_VIEWERS=many: must be a whole number from 0 to 1000000',
        'LOG_LEVEL=loud: must be one of error, warn, info, debug',
      ]),
    );
  });

  it.each(['-1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '8082;', '1_000', '9'.repeat(16), ' '])(
    'with a port of %j is at fault',
    (port) => {
      expect(loadConfig({ PORT: port }).faults).toEqual([`PORT=${port}: must be a whole number from 0 to 65535`]);
    },
  );

  it('with a port for metrics that is the port of all else is at fault; without one there is none', () => {
    const fault = 'METRICS_PORT=9100: must be another port than PORT';
    expect(loadConfig({ PORT: '9100', METRICS_PORT: '9100' }).faults).toEqual([fault]);
    expect(loadConfig({ PORT: '0', METRICS_PORT: '0' }).faults).toEqual([]);
    expect(loadConfig({ METRICS_PORT: '' }).config.METRICS_PORT).toBeUndefined();
    expect(loadConfig({ METRICS_PORT: '9100' }).config.METRICS_PORT).toBe(9_100);
  });

  it.each(['0', '65535'])('with a port of %s, at the bounds, is not at fault', (port) => {
    expect(loadConfig({ PORT: port }).faults).toEqual([]);
  });

  it.each(['/', 'tally', '/tally/', '//', '/a//b', '/..', '/a/./b', '/a b', '/%61', '/a?b', '/a;b', 'http://x/a'])(
    'with a base path of %j is at fault',
    (path) => {
      expect(loadConfig({ BASE_PATH: path }).faults).toEqual([
        expect.stringMatching(/^BASE_PATH=.*: must be a path like \/tally or \/a\/b/),
      ]);
    },
  );

  it.each(['/tally', '/a/b', '/.well-known/x~1_2.3', '/...'])('with a base path of %j is not at fault', (path) => {
    expect(loadConfig({ BASE_PATH: path })).toMatchObject({ config: { BASE_PATH: path }, faults: [] });
  });

  it.each([
    ['TALLYBOARD_PROT', 'TALLYBOARD_PORT'],
    ['TALLYBOARD_DATADIR', 'TALLYBOARD_DATA_DIR'],
    ['TALLYBOARD_HEARTBEAT', 'TALLYBOARD_HEARTBEAT_MS'],
  ])('with %s is warned of it, and of %s as the nearest', (name, nearest) => {
    expect(loadConfig({ [name]: '1' }).warnings).toEqual([
      `${name} is not a variable of Tallyboard and is ignored: did you mean ${nearest}?`,
    ]);
  });

  describe.each(Object.entries(RENAMED_VARIABLES))('that sets %s, which is now %s', (oldName, newName) => {
    it.each([
      [oldName, newName],
      [`TALLYBOARD_${oldName}`, `TALLYBOARD_${newName}`],
    ])('as %s is warned of it and told %s, and the value is ignored', (spelling, replacement) => {
      const { config, faults, warnings } = loadConfig({ [spelling]: 'not a number' });
      expect(warnings).toEqual([`${spelling} is ignored: it is now ${replacement}`]);
      expect(faults).toEqual([]);
      expect(config).toEqual(new Config());
    });

    it('to nothing is not warned of it', () => {
      expect(loadConfig({ [oldName]: '', [`TALLYBOARD_${oldName}`]: '' }).warnings).toEqual([]);
    });

    it('no longer has it among its variables', () => {
      const names: readonly string[] = VARIABLES.map(({ name }) => name);
      expect(names).toContain(newName);
      expect(names).not.toContain(oldName);
    });
  });

  it('is not warned of the variables of other programs', () => {
    expect(loadConfig({ PROT: '1', NODE_ENV: 'production', __proto__: 'x' }).warnings).toEqual([]);
  });

  it('is not warned of the token of the commands', () => {
    expect(loadConfig({ TALLYBOARD_TOKEN: 'secret' }).warnings).toEqual([]);
  });

  it('is read as it is, and changes nothing that was read before', () => {
    const first = loadConfig({ PORT: '1' }).config;
    loadConfig({ PORT: '2' });
    expect([first.PORT, new Config().PORT]).toEqual([1, 8082]);
  });
});

describe('every variable', () => {
  it.each(VARIABLES)(
    '$name has a description, and a default that it accepts itself',
    ({ name, description, default: text }) => {
      expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(loadConfig({ [name]: text }).faults).toEqual([]);
      expect(String(loadConfig({ [name]: text }).config[name] ?? '')).toBe(text);
    },
  );
});
