/** Turns the content of HOOKS_FILE into hooks, and collects every fault. Reads no file itself. */
import { MAX_AMOUNT, MAX_CHANGES, NAME_PATTERN } from '../counters/counters.js';
import { MAX_HELD_BYTES } from './body-budget.js';
import { type Hook, PROVIDERS, type Provider } from './hook.js';
import { parseEventPlace, type EventPlace } from './hook-event.js';
import type { EventAmount, HookCondition, HookRule, Scalar } from './hook-rules.js';
import { MemberReader } from './member-reader.js';
import { CloudEventsVerifier } from './verifiers/cloudevents-verifier.js';
import { GitHubVerifier } from './verifiers/github-verifier.js';
import { HmacVerifier, type HmacScheme } from './verifiers/hmac-verifier.js';
import { ShopifyVerifier } from './verifiers/shopify-verifier.js';
import { parseStandardSecret, StandardWebhooksVerifier } from './verifiers/standard-webhooks-verifier.js';
import { StripeVerifier } from './verifiers/stripe-verifier.js';
import type { Verifier } from './verifiers/verifier.js';

const DEFAULT_MAX_BYTES = 2 ** 20;
/** A new secret and the one before it. */
const MAX_SECRETS = 2;
const MAX_HOOKS = 1_000;
/** As many as a counter's own `scale` can be. */
const MAX_SCALE = 9;

const HOOK_MEMBERS = ['provider', 'secrets', 'secretFiles', 'hmac', 'dashboard', 'rules', 'maxBytes'];
const HMAC_MEMBERS = ['header', 'algorithm', 'encoding', 'prefix', 'id', 'timestamp'];
const RULE_MEMBERS = ['when', 'counter', 'by', 'remove'];
const NAME_RULE = 'must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter';
const PLACE_RULE = 'must be a JSON pointer such as /data/id, or the name of a header';

/** @returns the text of a file of `secretFiles`. @throws Error if it cannot be read */
export type ReadSecret = (file: string) => string;

/**
 * Parses the hooks of a file.
 * @param content parsed YAML or JSON
 * @param faults receives a line for each fault. Do not use the hooks if there are any
 */
export function parseHooks(content: unknown, readSecret: ReadSecret, faults: string[]): ReadonlyMap<string, Hook> {
  const entries = MemberReader.open(content, '', faults, ['hooks']).open('hooks');
  if (entries.names.length > MAX_HOOKS) faults.push(`hooks: there are more than ${MAX_HOOKS}`);
  const hooks = new Map<string, Hook>();
  for (const name of entries.names.slice(0, MAX_HOOKS)) {
    if (!NAME_PATTERN.test(name)) entries.report(name, `the name ${NAME_RULE}`);
    const reader = entries.open(name, HOOK_MEMBERS);
    const provider = reader.readChoice('provider', PROVIDERS, 'stripe');
    hooks.set(name, {
      name,
      provider,
      verifier: createVerifier(provider, parseSecrets(reader, readSecret), reader),
      dashboard: reader.readText('dashboard', (text) => NAME_PATTERN.test(text), NAME_RULE),
      rules: parseRules(reader),
      maxBytes: reader.readInteger('maxBytes', 1, MAX_HELD_BYTES, DEFAULT_MAX_BYTES),
    });
  }
  return hooks;
}

function parseSecrets(reader: MemberReader, readSecret: ReadSecret): readonly string[] {
  if (reader.has('secrets') === reader.has('secretFiles')) {
    reader.report('secrets', 'needs one of secrets and secretFiles');
    return [];
  }
  const name = reader.has('secrets') ? 'secrets' : 'secretFiles';
  const list = reader.get(name);
  if (!isTextList(list) || list.length === 0 || list.length > MAX_SECRETS) {
    reader.report(name, `must be a list of 1 or ${MAX_SECRETS} texts, in quotes where they could be numbers`);
    return [];
  }
  if (name === 'secrets') return list;
  return list.flatMap((file) => {
    try {
      const secret = readSecret(file).trim();
      if (secret === '') reader.report(name, `${file} is empty`);
      return [secret];
    } catch (error) {
      reader.report(name, `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
      return [];
    }
  });
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');
}

function createVerifier(provider: Provider, secrets: readonly string[], reader: MemberReader): Verifier {
  if (provider !== 'hmac' && reader.has('hmac')) reader.report('hmac', 'is for the provider hmac only');
  switch (provider) {
    case 'stripe':
      return new StripeVerifier(secrets);
    case 'shopify':
      return new ShopifyVerifier(secrets);
    case 'github':
      return new GitHubVerifier(secrets);
    case 'hmac':
      return new HmacVerifier(secrets, parseScheme(reader.open('hmac', HMAC_MEMBERS)));
    case 'cloudevents':
      return new CloudEventsVerifier(secrets);
    case 'standard-webhooks':
      return new StandardWebhooksVerifier(
        secrets.flatMap((secret, index) => {
          const key = parseStandardSecret(secret);
          if (!key) reader.report('secrets', `number ${index + 1} must be base64, with or without whsec_ before it`);
          return key ?? [];
        }),
      );
  }
}

function parseScheme(reader: MemberReader): HmacScheme {
  return {
    header: readHeaderName(reader, 'header'),
    algorithm: reader.readChoice('algorithm', ['sha256', 'sha512'], 'sha256'),
    encoding: reader.readChoice('encoding', ['hex', 'base64'], 'hex'),
    prefix: reader.has('prefix') ? reader.readText('prefix', () => true, 'must be text') : '',
    id: readPlace(reader, 'id'),
    timestamp: reader.has('timestamp') ? readHeaderName(reader, 'timestamp') : undefined,
  };
}

function readHeaderName(reader: MemberReader, name: string): string {
  const isHeader = (text: string): boolean => !text.startsWith('/') && parseEventPlace(text) !== undefined;
  return reader.readText(name, isHeader, 'must be the name of a header').toLowerCase();
}

function readPlace(reader: MemberReader, name: string): EventPlace {
  const text = reader.readText(name, (one) => parseEventPlace(one) !== undefined, PLACE_RULE);
  return parseEventPlace(text) ?? { text, path: [] };
}

function parseRules(reader: MemberReader): readonly HookRule[] {
  const rules = reader.openEach('rules', RULE_MEMBERS);
  if (rules.length > MAX_CHANGES) reader.report('rules', `must be at most ${MAX_CHANGES}`);
  return rules.map((rule) => ({
    when: rule.has('when') ? parseConditions(rule.open('when')) : [],
    counter: rule.readText('counter', (text) => NAME_PATTERN.test(text), NAME_RULE),
    by: parseAmount(rule),
    remove: parseRemove(rule),
  }));
}

function parseConditions(reader: MemberReader): readonly HookCondition[] {
  return reader.names.flatMap((name) => {
    const place = parseEventPlace(name);
    const value = reader.get(name);
    if (!place) reader.report(name, PLACE_RULE);
    if (!isScalar(value)) reader.report(name, 'must be text, a number, true, false or null');
    return place && isScalar(value) ? [{ place, value }] : [];
  });
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

function parseAmount(rule: MemberReader): number | EventAmount {
  if (typeof rule.get('by') !== 'object') return rule.readInteger('by', 1, MAX_AMOUNT, 1);
  const amount = rule.open('by', ['pointer', 'scale']);
  return { place: readPlace(amount, 'pointer'), scale: amount.readInteger('scale', 0, MAX_SCALE, 0) };
}

function parseRemove(rule: MemberReader): boolean {
  const value = rule.has('remove') ? rule.get('remove') : false;
  if (typeof value !== 'boolean') rule.report('remove', 'must be true or false');
  return value === true;
}
