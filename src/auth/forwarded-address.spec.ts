/** Entries of X-Forwarded-For in every way that proxies write them, and entries that are no address. */
import { parseForwardedAddress } from './forwarded-address.js';

describe('an entry of X-Forwarded-For', () => {
  it.each([
    ['203.0.113.21', '203.0.113.21'],
    ['203.0.113.21:40000', '203.0.113.21'],
    ['"203.0.113.21:40000"', '203.0.113.21'],
    ['[203.0.113.21]:40000', '203.0.113.21'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:0DB8:0:0::0001', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:40000', '2001:db8::1'],
    ['"[2001:db8::1]:40000"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:40000', 'fe80::1'],
    ['::ffff:203.0.113.21', '::ffff:203.0.113.21'],
    ['[::FFFF:cb00:7115]:40000', '::ffff:203.0.113.21'],
  ])('%s is the address %s', (entry, address) => {
    expect(parseForwardedAddress(entry)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    'till.example.org',
    'till.example.org:40000',
    '203.0.113',
    '203.0.113.256:80',
    '203.0.113.21:',
    '203.0.113.21:port',
    '203.0.113.21:40000:1',
    '203.0.113.21 203.0.113.22',
    '2001:db8::1::2',
    '[2001:db8::1',
    '[2001:db8::1]40000',
    '"203.0.113.21',
    '[]',
    '::1\r\n',
    `${'1'.repeat(16_000)}:`,
  ])('%j is not an address', (entry) => {
    expect(parseForwardedAddress(entry)).toBeUndefined();
  });
});
