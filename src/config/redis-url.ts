/** REDIS_URL: one server, seed nodes of a Cluster, or Sentinels that know the current primary. */

interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: 'server' | 'cluster' | 'sentinel';
  readonly isTls: boolean;
  readonly hosts: readonly RedisHost[];
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** Name of the primary at the Sentinels. */
  readonly masterName?: string;
}

const ACCEPTED_FORMS =
  'must be redis://host:port, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/name, ' +
  'with rediss for TLS, and user:password@ before the first host if Redis asks for them';

/** Matches user info up to the last `@`: a password may contain any character, some of them as %XX. */
const URL_PATTERN =
  /^(?<scheme>redis(?<tls>s)?(?:\+(?<kind>cluster|sentinel))?):\/\/(?:(?<user>.*)@)?(?<hosts>[^/?#@]*)(?:\/(?<path>[^?#]*))?$/;
const HOST_PATTERN = /^(?:\[(?<six>[\da-fA-F:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/;
const DATABASE_PATTERN = /^\d{1,4}$/;
const MASTER_NAME_PATTERN = /^[\w.-]+$/;

/** A REDIS_URL. Printing it shows neither user nor password. */
export class RedisUrl {
  readonly #text: string;
  readonly #address: RedisAddress | undefined;

  private constructor(
    text: string,
    address: RedisAddress | undefined,
    /** First fault of the text, without its secrets. Undefined if it is valid. */
    readonly fault: string | undefined,
    /** The URL without user and password. */
    private readonly redacted: string,
  ) {
    this.#text = text;
    this.#address = address;
  }

  static parse(text: string): RedisUrl {
    const parts = URL_PATTERN.exec(text.trim())?.groups;
    if (!parts) return new RedisUrl(text, undefined, ACCEPTED_FORMS, '');
    try {
      const address = parseAddress(parts);
      const { scheme = '', hosts = '', path } = parts;
      return new RedisUrl(text, address, undefined, `${scheme}://${hosts}${path ? `/${path}` : ''}`);
    } catch (error) {
      return new RedisUrl(text, undefined, error instanceof Error ? error.message : ACCEPTED_FORMS, '');
    }
  }

  reveal(): string {
    return this.#text;
  }

  /** Parsed address, with its password. Undefined if the text is invalid. */
  get address(): RedisAddress | undefined {
    return this.#address;
  }

  toString(): string {
    return this.redacted;
  }
}

type UrlParts = Readonly<Record<string, string | undefined>>;

/** @throws Error whose message names the fault */
function parseAddress({ tls, kind = 'server', user, hosts = '', path = '' }: UrlParts): RedisAddress {
  const defaultPort = kind === 'sentinel' ? 26_379 : 6_379;
  const common = {
    isTls: tls !== undefined,
    hosts: hosts.split(',').map((host, index) => parseHost(host, index, defaultPort)),
    ...(user !== undefined && parseCredentials(user)),
  };
  if (kind === 'cluster') {
    if (path !== '') throw new Error('must end after the hosts: a Cluster has no numbered databases');
    return { ...common, kind, db: 0 };
  }
  if (kind === 'sentinel') {
    const [masterName = '', db = '0', ...rest] = path.split('/');
    if (!MASTER_NAME_PATTERN.test(masterName)) {
      throw new Error('must have the name of the primary after the hosts: redis+sentinel://host:port/name');
    }
    if (rest.length > 0) throw new Error('must end after the name of the primary and the number of the database');
    return { ...common, kind, masterName, db: parseDatabase(db) };
  }
  if (common.hosts.length > 1) {
    throw new Error('has several hosts: use redis+cluster:// or redis+sentinel://');
  }
  return { ...common, kind: 'server', db: parseDatabase(path || '0') };
}

function parseHost(text: string, index: number, defaultPort: number): RedisHost {
  const { six, name, port } = HOST_PATTERN.exec(text.trim())?.groups ?? {};
  const host = six ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new Error(`host ${index + 1} must be host or host:port; separate hosts with commas`);
  }
  return { host, port: number };
}

function parseCredentials(text: string): Pick<RedisAddress, 'username' | 'password'> {
  try {
    const [username = '', password = ''] = text.split(/:(.*)/s, 2).map(decodeURIComponent);
    return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
  } catch {
    throw new Error('must encode % in user and password as %25');
  }
}

function parseDatabase(text: string): number {
  if (!DATABASE_PATTERN.test(text)) throw new Error('must have the number of a database after the host, or nothing');
  return Number(text);
}
