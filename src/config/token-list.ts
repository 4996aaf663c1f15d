/** Static tokens: parsed from text and kept as keyed hashes. */
import { createHmac, randomBytes } from 'node:crypto';
import { NAME_PATTERN } from '../counters/counters.js';
import { splitList } from './split-list.js';

/**
 * `name:secret` or `name@dashboard+dashboard:secret`. A secret is visible ASCII without commas, which separate entries.
 */
const ENTRY_PATTERN =
  /^(?<name>[A-Za-z0-9][\w.-]{0,63})(?:@(?<dashboards>[^:]*))?:(?<secret>[\x21-\x2b\x2d-\x7e]{1,512})$/;
/** Shorter secrets can be guessed: 16 characters of a 64-character alphabet have 96 bits. */
const MIN_SECRET_LENGTH = 16;

/** A static token, without its secret. */
interface StaticToken {
  readonly name: string;
  readonly dashboards: ReadonlySet<string> | 'all';
  readonly digest: Buffer;
  /** True if the secret is short enough to be guessed. */
  readonly isWeak: boolean;
}

/** Random key of this process: digests are useless elsewhere, and attackers cannot choose the digest of an attempt. */
const DIGEST_KEY = randomBytes(32);

/** Returns the keyed hash of a secret. */
export function digestSecret(secret: string): Buffer {
  return createHmac('sha256', DIGEST_KEY).update(secret).digest();
}

export class TokenList {
  private constructor(
    readonly tokens: readonly StaticToken[],
    /** First fault of the text, without its secrets. Undefined if it is valid. */
    readonly fault: string | undefined,
    /** Names of tokens whose secrets are too short. */
    readonly weakNames: readonly string[],
  ) {}

  /** @param text entries, separated by commas or white space */
  static parse(text: string): TokenList {
    const entries = splitList(text);
    const tokens: StaticToken[] = [];
    const weak: string[] = [];
    for (const [index, entry] of entries.entries()) {
      const { name, dashboards, secret } = ENTRY_PATTERN.exec(entry)?.groups ?? {};
      const names = dashboards?.split('+');
      if (!name || !secret || names?.some((one) => !NAME_PATTERN.test(one))) {
        const fault = `entry ${index + 1} must be name:secret, or name@dashboard+dashboard:secret for certain dashboards`;
        return new TokenList([], fault, []);
      }
      const isWeak = secret.length < MIN_SECRET_LENGTH;
      if (isWeak) weak.push(name);
      tokens.push({ name, dashboards: names ? new Set(names) : 'all', digest: digestSecret(secret), isWeak });
    }
    return new TokenList(tokens, undefined, weak);
  }

  /** The names of the tokens, without secrets. */
  toString(): string {
    return this.tokens.map(({ name }) => name).join();
  }
}

/** A secret that is needed in plain text. Printing it shows nothing. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '';
  }
}
