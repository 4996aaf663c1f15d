/** Static tokens: read from text, kept as keyed hashes, found in time that tells nothing of them. */
import { createHmac, randomBytes } from 'node:crypto';
import { NAME_PATTERN } from '../counters/counters.js';
import { splitList } from './split-list.js';

/** `name:secret` or `name@dashboard+dashboard:secret`; a secret is visible ASCII without a comma, which parts entries. */
const ENTRY_PATTERN =
  /^(?<name>[A-Za-z0-9][\w.-]{0,63})(?:@(?<dashboards>[^:]*))?:(?<secret>[\x21-\x2b\x2d-\x7e]{1,512})$/;
/** Shorter secrets can be guessed: 16 characters of 64 kinds are 96 bits. */
const MIN_SECRET_LENGTH = 16;

/** A token as it is kept. */
interface StaticToken {
  readonly name: string;
  readonly dashboards: ReadonlySet<string> | 'all';
  readonly digest: Buffer;
}

/** Of this process: what is kept of a secret is of no use elsewhere, nor can one that is tried be told from how long it takes. */
const DIGEST_KEY = randomBytes(32);

/** What is kept of a secret. */
export function digestSecret(secret: string): Buffer {
  return createHmac('sha256', DIGEST_KEY).update(secret).digest();
}

/** The tokens of one variable. */
export class TokenList {
  private constructor(
    readonly tokens: readonly StaticToken[],
    /** What is wrong with the text, without a secret in it; undefined when nothing is. */
    readonly fault: string | undefined,
    /** Names of tokens whose secrets can be guessed. */
    readonly weakNames: readonly string[],
  ) {}

  /** @param text entries with commas or white space between */
  static parse(text: string): TokenList {
    const entries = splitList(text);
    const tokens: StaticToken[] = [];
    const weak: string[] = [];
    for (const [index, entry] of entries.entries()) {
      const { name, dashboards, secret } = ENTRY_PATTERN.exec(entry)?.groups ?? {};
      const names = dashboards?.split('+');
      if (!name || !secret || names?.some((one) => !NAME_PATTERN.test(one))) {
        const fault = `entry ${index + 1} must be name:secret, or name@dashboard+dashboard:secret for these dashboards alone`;
        return new TokenList([], fault, []);
      }
      if (secret.length < MIN_SECRET_LENGTH) weak.push(name);
      tokens.push({ name, dashboards: names ? new Set(names) : 'all', digest: digestSecret(secret) });
    }
    return new TokenList(tokens, undefined, weak);
  }

  /** Nothing of what is secret. */
  toString(): string {
    return this.tokens.map(({ name }) => name).join();
  }
}

/** A secret that is needed as it is: not to be printed by accident. */
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
