/** Decides which addresses may get notifications: public ones, and those in NOTIFY_ALLOW. */
import { type LookupAddress, lookup as lookupDns } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { NotifyAllow } from '../../config/notify-allow.js';

/** Ranges that are not public, from the registries of special-purpose addresses (RFC 6890). */
const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];
const PRIVATE_IPV6: readonly (readonly [string, number])[] = [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

/** One list for each family: a BlockList would match every IPv4 address with an IPv6 range such as `::ffff:0:0/96`. */
const privateIpv4 = new BlockList();
const privateIpv6 = new BlockList();
for (const [address, prefix] of PRIVATE_IPV4) {
  privateIpv4.addSubnet(address, prefix, 'ipv4');
  for (const [embedding, length] of embedIpv4(address, prefix)) privateIpv6.addSubnet(embedding, length, 'ipv6');
}
for (const [address, prefix] of PRIVATE_IPV6) privateIpv6.addSubnet(address, prefix, 'ipv6');

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type ResolveAll = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A name has an address that must not be connected to. The message is for people. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
}

/**
 * The addresses that notifications may go to. Whoever may make rules chooses the URLs, and the service can reach hosts
 * that they cannot: its own machine, its network, and the metadata service of its cloud.
 *
 * A check of the URL alone is not enough, because a name can resolve to a public address for the check and to a private
 * one for the connection. So names are checked where the socket resolves them: {@link createLookup} hands on only
 * addresses that it has checked. Sockets do not resolve literal addresses; {@link findUrlFault} checks those.
 */
export class AddressPolicy {
  readonly #allow: NotifyAllow;
  readonly #resolve: ResolveAll;

  /** @param resolve replaces `dns.lookup` in tests */
  constructor(allow: NotifyAllow, resolve: ResolveAll = lookupDns) {
    this.#allow = allow;
    this.#resolve = resolve;
  }

  /**
   * Returns the fault of a URL, to be written after its name: "must use https". Undefined if notifications may go
   * there, as far as the URL alone tells. It never contains the path or the query, which may be secrets.
   */
  findUrlFault(text: string): string | undefined {
    if (!URL.canParse(text)) return 'must be an absolute URL, such as https://hooks.example.org/orders';
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
    if (url.username !== '' || url.password !== '') {
      return 'must not contain a user or a password: leave them out, and verify the signature of each notification';
    }
    const [host, port] = [getHost(url), getPort(url)];
    if (this.#allow.hasName(host, port)) return undefined;
    const target = `${url.hostname}:${port}`;
    const isAddress = isIP(host) !== 0;
    if (isAddress && this.#allow.hasAddress(host, port)) return undefined;
    if (isAddress && !isPublic(host)) {
      return `must not point to ${host}, which is not a public address: use another, or add ${target} to NOTIFY_ALLOW`;
    }
    if (url.protocol === 'http:') return `must use https: to allow http, add ${target} to NOTIFY_ALLOW`;
    return undefined;
  }

  /**
   * Creates a `lookup` for `net.connect` and `http.request`. It fails with a {@link RefusedAddressError} unless every
   * address of the name is public or allowed: a name with one private address among public ones is refused.
   * @param port the port to connect to, which `lookup` is not told
   */
  createLookup(port: number): LookupFunction {
    return (hostname, { family, all }, callback) => {
      this.#resolve(hostname, { all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        const refused = addresses.find(({ address }) => !this.#mayConnect(hostname, address, port));
        if (refused) return callback(createRefusal(`${hostname}:${port}`, refused.address), []);
        const fitting = addresses.filter((one) => isOfFamily(one, family));
        const [first] = fitting;
        if (!first) return callback(createNotFound(hostname), []);
        if (all === true) callback(null, fitting);
        else callback(null, first.address, first.family);
      });
    };
  }

  #mayConnect(hostname: string, address: string, port: number): boolean {
    return isPublic(address) || this.#allow.hasName(hostname, port) || this.#allow.hasAddress(address, port);
  }
}

/** Returns the host of a URL. WHATWG URL has brought addresses into one form: 0x7f.1 is 127.0.0.1. */
function getHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function getPort(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !privateIpv4.check(address, 'ipv4');
  return family === 6 && !privateIpv6.check(address, 'ipv6');
}

/**
 * Returns the IPv6 ranges whose addresses lead to an IPv4 range: mapped (RFC 4291, 2.5.5.2), compatible (2.5.5.1),
 * NAT64 (RFC 6052, 2.1) and 6to4 (RFC 3056, 2).
 */
function embedIpv4(address: string, prefix: number): (readonly [string, number])[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return [
    [`::ffff:${hex}`, 96 + prefix],
    [`::${hex}`, 96 + prefix],
    [`64:ff9b::${hex}`, 96 + prefix],
    [`2002:${hex}::`, 16 + prefix],
  ];
}

/** @param family of the options of `lookup`: 0 or undefined for both */
function isOfFamily(address: LookupAddress, family: number | string | undefined): boolean {
  return family === undefined || family === 0 || family === address.family || family === `IPv${address.family}`;
}

/** @param target host name and port */
function createRefusal(target: string, address: string): RefusedAddressError {
  return new RefusedAddressError(
    `${target} resolves to ${address}, which is not a public address: ` +
      `use a host with public addresses only, or add ${target} to NOTIFY_ALLOW`,
  );
}

function createNotFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address of this family`), { code: 'ENOTFOUND' });
}
