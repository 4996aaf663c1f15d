/** NOTIFY_ALLOW: hosts that may get notifications although they are not public, also by plain http. */
import { BlockList, isIP } from 'node:net';
import { splitList } from './split-list.js';

interface Entry {
  /** Host name in the form of URLs. Undefined for addresses. */
  readonly name?: string;
  readonly range?: AddressRange;
  /** Undefined: all ports. */
  readonly port: number | undefined;
}

/** Matches `host`, `host:port`, `[IPv6]` and `[IPv6]:port`; each host may be a range. */
const ENTRY_PATTERN = /^(?:\[(?<six>[\da-fA-F:.]+(?:\/\d+)?)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/;
const NAME_PATTERN = /^[\p{L}\p{N}._-]+$/u;
const PREFIX_PATTERN = /^\d{1,3}$/;
const MAX_PORT = 65_535;

export class NotifyAllow {
  private constructor(
    private readonly text: string,
    private readonly entries: readonly Entry[],
    /** First fault of the text. Undefined if it is valid. */
    readonly fault: string | undefined,
  ) {}

  /** @param text names, addresses and ranges, each with a port or without, separated by commas or white space */
  static parse(text: string): NotifyAllow {
    const entries: Entry[] = [];
    for (const part of splitList(text)) {
      const entry = parseEntry(part);
      if (!entry) {
        const fault =
          `${part} must be a host name, an address or a range such as 10.0.0.0/8, with a port or without; ` +
          'write IPv6 with a port as [fd00::1]:8080 or [fd00::/8]:8080';
        return new NotifyAllow(text, [], fault);
      }
      entries.push(entry);
    }
    return new NotifyAllow(text, entries, undefined);
  }

  /** True if an entry names the host. @param name host name as URLs have it */
  hasName(name: string, port: number): boolean {
    const wanted = withoutFinalDot(name);
    return this.entries.some((entry) => entry.name === wanted && isPortOf(entry, port));
  }

  /** True if an entry is the address, or a range that contains it. */
  hasAddress(address: string, port: number): boolean {
    return this.entries.some((entry) => entry.range?.includes(address) === true && isPortOf(entry, port));
  }

  toString(): string {
    return this.text;
  }
}

/**
 * A range of addresses of one family. A BlockList alone would match every IPv4 address with a range such as
 * `::ffff:0:0/96`. A range of IPv4 also includes its addresses mapped to IPv6.
 */
class AddressRange {
  readonly #list = new BlockList();
  readonly #family: number;

  /** @param prefix length of the network part in bits; undefined for a single address */
  constructor(address: string, prefix: number | undefined) {
    this.#family = isIP(address);
    const type = this.#family === 4 ? 'ipv4' : 'ipv6';
    this.#list.addSubnet(address, prefix ?? (this.#family === 4 ? 32 : 128), type);
  }

  includes(address: string): boolean {
    const family = isIP(address);
    if (family === 0 || family < this.#family) return false;
    return this.#list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function parseEntry(text: string): Entry | undefined {
  const isBareIpv6 = isIP(text.split('/', 1)[0] ?? '') === 6;
  const { six, host = six, port: portText } = isBareIpv6 ? { host: text } : (ENTRY_PATTERN.exec(text)?.groups ?? {});
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || port === 0 || (port ?? 0) > MAX_PORT) return undefined;

  const [address = '', prefix, ...rest] = host.split('/');
  if (rest.length > 0) return undefined;
  const family = isIP(address);
  if (prefix !== undefined) {
    const isPrefix = PREFIX_PATTERN.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
    return family !== 0 && isPrefix ? { range: new AddressRange(address, Number(prefix)), port } : undefined;
  }
  if (family !== 0) return { range: new AddressRange(address, undefined), port };
  if (six !== undefined || !NAME_PATTERN.test(address) || !URL.canParse(`http://${address}`)) return undefined;
  // URLs write names in lower case and Punycode, and numbers such as 0x7f.1 as addresses.
  const { hostname } = new URL(`http://${address}`);
  if (isIP(hostname) !== 0) return { range: new AddressRange(hostname, undefined), port };
  return { name: withoutFinalDot(hostname), port };
}

function isPortOf(entry: Entry, port: number): boolean {
  return entry.port === undefined || entry.port === port;
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
