/** Addresses that may get notifications: literal ones in every form, and the answers of DNS. */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { createServer, type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { afterTest } from '../../../test/support/cleanup.js';
import { NotifyAllow } from '../../config/notify-allow.js';
import { AddressPolicy, RefusedAddressError, type ResolveAll } from './address-policy.js';

const PUBLIC = '93.184.215.14';
const PUBLIC_IPV6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';

/** Answers of DNS, one for each time that the name is resolved; the last one stays. */
function answerWith(...answers: readonly (readonly string[])[]): ResolveAll {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    queueMicrotask(() => callback(null, found));
  };
}

function createPolicy(allow = '', resolve: ResolveAll = answerWith([PUBLIC])): AddressPolicy {
  return new AddressPolicy(NotifyAllow.parse(allow), resolve);
}

async function lookUp(
  policy: AddressPolicy,
  { port = 443, name = 'hooks.example.org', ...options }: LookupOptions & { port?: number; name?: string } = {},
): Promise<string | LookupAddress[]> {
  return new Promise((resolve, reject) => {
    policy.createLookup(port)(name, options, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

const NOT_PUBLIC = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'the end of loopback'],
  ['0.0.0.0', 'this host'],
  ['0.1.2.3', 'this network'],
  ['10.20.30.40', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'shared by a carrier'],
  ['100.127.255.255', 'the end of what a carrier shares'],
  ['169.254.169.254', 'link-local, where clouds have their metadata'],
  ['192.0.0.8', 'of protocols'],
  ['198.18.0.1', 'of benchmarks'],
  ['198.19.255.255', 'the end of benchmarks'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['2130706433', 'loopback in decimal'],
  ['017700000001', 'loopback in octal'],
  ['0x7f000001', 'loopback in hexadecimal'],
  ['0x7f.1', 'loopback in two parts'],
  ['0177.0.0.01', 'loopback with octal parts'],
  ['127.0.0.1.', 'loopback with a dot at the end'],
  ['127。0。0。1', 'loopback with dots of another script'],
  ['%31%32%37.0.0.1', 'loopback with percent signs'],
  ['[::]', 'unspecified'],
  ['[0:0:0:0:0:0:0:0]', 'unspecified in full'],
  ['[::1]', 'loopback'],
  ['[fc00::1]', 'unique local'],
  ['[fdff:ffff::1]', 'unique local'],
  ['[fe80::1]', 'link-local'],
  ['[febf::1]', 'the end of link-local'],
  ['[ff02::1]', 'multicast'],
  ['[::ffff:127.0.0.1]', 'mapped loopback'],
  ['[::ffff:a00:1]', 'mapped private'],
  ['[::ffff:169.254.169.254]', 'mapped link-local'],
  ['[::127.0.0.1]', 'compatible loopback'],
  ['[64:ff9b::10.0.0.1]', 'NAT64 of private'],
  ['[64:ff9b::7f00:1]', 'NAT64 of loopback'],
  ['[2002:7f00:1::]', '6to4 of loopback'],
  ['[2002:c0a8:101::5]', '6to4 of private'],
] as const;

const IS_PUBLIC = [
  PUBLIC,
  '1.0.0.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '198.20.0.0',
  '223.255.255.255',
  `[${PUBLIC_IPV6}]`,
  '[fec0::1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::8.8.8.8]',
  '[2002:808:808::1]',
];

describe('the URL of a notification', () => {
  it.each(NOT_PUBLIC)('to %s is refused: %s', (host) => {
    expect(createPolicy().findUrlFault(`https://${host}/hook`)).toMatch(
      /^must not point to \S+, which is not a public address: use another, or add \S+:443 to NOTIFY_ALLOW$/,
    );
  });

  it.each(IS_PUBLIC)('to %s, a public address, is accepted', (host) => {
    expect(createPolicy().findUrlFault(`https://${host}/hook`)).toBeUndefined();
  });

  it.each([
    ['https://hooks.example.org/a?b', undefined],
    ['https://hooks.example.org:8443', undefined],
    ['http://hooks.example.org/a', 'must use https: to allow http, add hooks.example.org:80 to NOTIFY_ALLOW'],
    [`http://${PUBLIC}`, `must use https: to allow http, add ${PUBLIC}:80 to NOTIFY_ALLOW`],
    ['ftp://hooks.example.org', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['/hooks', 'must be an absolute URL, such as https://hooks.example.org/orders'],
    ['', 'must be an absolute URL, such as https://hooks.example.org/orders'],
    ['https://user@hooks.example.org', expect.stringMatching(/^must not contain a user or a password: /)],
    ['https://:pass@hooks.example.org', expect.stringMatching(/^must not contain a user or a password: /)],
  ])('%s is checked', (url, fault) => {
    expect(createPolicy().findUrlFault(url)).toEqual(fault);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1', 'http://0x7f.1:8080/', true],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]/', true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8081/', false],
    ['127.0.0.1:443', 'https://127.0.0.1/', true],
    ['10.0.0.0/8', 'https://10.9.9.9/', true],
    ['10.0.0.0/8', 'https://11.9.9.9/', true],
    ['10.0.0.0/8', 'http://11.9.9.9/', false],
    ['10.0.0.0/8', 'http://hooks.internal/', false],
    ['hooks.internal', 'http://hooks.internal:8080/', true],
    ['hooks.internal', 'http://HOOKS.internal./', true],
    ['hooks.internal', 'http://other.hooks.internal/', false],
    ['hooks.internal', 'http://user@hooks.internal/', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['[fd00::/8]:81', 'http://[fd12::1]:81/', true],
    ['[fd00::/8]:81', 'http://[fd12::1]:82/', false],
  ])('with NOTIFY_ALLOW=%s, %s is accepted: %s', (allow, url, isAccepted) => {
    expect(createPolicy(allow).findUrlFault(url) === undefined).toBe(isAccepted);
  });

  it('never appears in a fault with its path', () => {
    for (const url of ['http://h.example.org/s3cret', 'https://10.0.0.1/s3cret?s3cret', 'https://u:s3cret@h/s3cret']) {
      expect(createPolicy().findUrlFault(url)).not.toContain('s3cret');
    }
  });
});

describe('a name', () => {
  it.each(NOT_PUBLIC.map(([host]) => new URL(`https://${host}`).hostname.replace(/[[\]]/g, '')))(
    'that resolves to %s is refused',
    async (address) => {
      await expect(lookUp(createPolicy('', answerWith([address])))).rejects.toThrow(
        `hooks.example.org:443 resolves to ${address}, which is not a public address: use a host with`,
      );
    },
  );

  it('that resolves to public addresses gets them, as one, as all, or of one family', async () => {
    const policy = createPolicy('', answerWith([PUBLIC, PUBLIC_IPV6]));
    const [four, six] = [
      { address: PUBLIC, family: 4 },
      { address: PUBLIC_IPV6, family: 6 },
    ];
    expect(await lookUp(policy, { all: true })).toEqual([four, six]);
    expect(await lookUp(policy, { all: true, family: 6 })).toEqual([six]);
    expect(await lookUp(policy, { all: true, family: 'IPv4' })).toEqual([four]);
    expect(await lookUp(policy, { family: 6 })).toBe(PUBLIC_IPV6);
    expect(await lookUp(policy)).toBe(PUBLIC);
  });

  it('with a private address among public ones is refused, also for connections by the other family', async () => {
    const policy = createPolicy('', answerWith([PUBLIC, PUBLIC_IPV6, '10.0.0.1']));
    await expect(lookUp(policy)).rejects.toThrow(RefusedAddressError);
    await expect(lookUp(policy, { all: true, family: 6 })).rejects.toThrow(RefusedAddressError);
  });

  it('with an address of no family is refused', async () => {
    await expect(lookUp(createPolicy('', answerWith(['what'])))).rejects.toThrow(RefusedAddressError);
  });

  it('without an address of the wanted family is not found', async () => {
    await expect(lookUp(createPolicy(), { family: 6 })).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(lookUp(createPolicy('', answerWith([])))).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('that cannot be resolved fails with the error of DNS', async () => {
    const fault = Object.assign(new Error('later'), { code: 'EAI_AGAIN' });
    const policy = createPolicy('', (_name, _options, callback) => callback(fault, []));
    await expect(lookUp(policy)).rejects.toBe(fault);
  });

  it.each([
    ['hooks.example.org', 443, true],
    ['hooks.example.org:443', 443, true],
    ['hooks.example.org:444', 443, false],
    ['10.0.0.1', 443, true],
    ['10.0.0.0/30:443', 443, true],
    ['10.0.0.2', 443, false],
  ])('with NOTIFY_ALLOW=%s may resolve to a private address for port %i: %s', async (allow, port, isAllowed) => {
    const found = lookUp(createPolicy(allow, answerWith([PUBLIC, '10.0.0.1'])), { port, all: true });
    expect(await found.then(() => true).catch(() => false)).toBe(isAllowed);
  });

  it('is resolved by the real DNS unless a test replaces it', async () => {
    const policy = new AddressPolicy(NotifyAllow.parse(''));
    await expect(lookUp(policy, { name: 'localhost' })).rejects.toThrow(RefusedAddressError);
  });

  it('whose answer changes after the check is connected to the address that was checked', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    afterTest(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // The first answer is allowed. An implementation that resolved again would get the second one.
    const policy = createPolicy(`127.0.0.1:${port}`, answerWith(['127.0.0.1'], ['127.0.0.2']));
    const options = { host: 'hooks.example.org', port, lookup: policy.createLookup(port) };
    const socket = connect(options);
    afterTest(() => socket.destroy());
    await once(socket, 'connect');
    expect(socket.remoteAddress).toBe('127.0.0.1');

    const second = connect(options);
    const [error] = await once(second, 'error').catch((thrown: unknown) => [thrown]);
    expect(error).toBeInstanceOf(RefusedAddressError);
  });
});
