/** NOTIFY_ALLOW: accepted forms, and faults. */
import { loadConfig } from './load-config.js';
import { NotifyAllow } from './notify-allow.js';

const allow = (text: string): NotifyAllow => loadConfig({ NOTIFY_ALLOW: text }).config.NOTIFY_ALLOW;

describe('NOTIFY_ALLOW', () => {
  it('lists names, addresses and ranges, with a port or without', () => {
    const list = allow('hooks.internal, relay:8080 10.0.0.5,10.1.0.0/16:9000,fd00::5,[fd01::/16]:81,[fd02::1]');
    expect(list.fault).toBeUndefined();
    expect([list.hasName('hooks.internal', 1), list.hasName('relay', 8080), list.hasName('relay', 1)]).toEqual([
      true,
      true,
      false,
    ]);
    const addresses = [
      ['10.0.0.5', 1, true],
      ['10.0.0.6', 1, false],
      ['10.1.2.3', 9000, true],
      ['10.1.2.3', 9001, false],
      ['fd00::5', 1, true],
      ['fd01:ffff::', 81, true],
      ['fd01:ffff::', 82, false],
      ['fd02::1', 1, true],
      ['fd02::2', 1, false],
    ] as const;
    expect(addresses.map(([address, port]) => list.hasAddress(address, port))).toEqual(
      addresses.map(([, , isListed]) => isListed),
    );
  });

  it('compares names as URLs have them, and addresses in any form', () => {
    expect(allow('Hooks.Internal.').hasName('hooks.internal', 1)).toBe(true);
    expect(allow('bücher.example').hasName('xn--bcher-kva.example', 1)).toBe(true);
    expect(allow('0x7f.1').hasAddress('127.0.0.1', 1)).toBe(true);
    expect(allow('10.0.0.0/8').hasAddress('::ffff:10.1.1.1', 1)).toBe(true);
  });

  it('with a range of IPv6 lists no address of IPv4', () => {
    expect(allow('::/0').hasAddress('10.0.0.1', 1)).toBe(false);
    expect(allow('::ffff:0:0/96').hasAddress('10.0.0.1', 1)).toBe(false);
    expect(allow('::/0').hasAddress('fd00::1', 1)).toBe(true);
    expect(allow('0.0.0.0/0').hasAddress('fd00::1', 1)).toBe(false);
  });

  it('lists nothing when it is empty', () => {
    expect([allow('').hasName('localhost', 80), allow('').hasAddress('127.0.0.1', 80)]).toEqual([false, false]);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::/129',
    'hooks/8',
    'hooks:0',
    'hooks:65536',
    'hooks:http',
    'http://hooks',
    'user@hooks',
    '*.internal',
    '[hooks]',
    '[fd00::1',
    '256.0.0.1',
    ':8080',
  ])('with %s is refused and says what is accepted', (text) => {
    expect(loadConfig({ NOTIFY_ALLOW: `fine.internal,${text}` }).faults).toEqual([
      expect.stringContaining(`: ${text} must be a host name, an address or a range such as 10.0.0.0/8, with a port`),
    ]);
  });
});
