/**
 * CloudEvents 1.0 over HTTP, structured (`application/cloudevents+json`) and binary (`ce-*` headers). They are signed
 * as Standard Webhooks, or sent with `Authorization: Bearer <secret>`.
 */
import { TallyError } from '../../counters/errors.js';
import { isJsonObject } from '../../validation/validation.pipe.js';
import { type EventHeaders, findHeader, type HookEvent, joinEventId } from '../hook-event.js';
import { parseStandardSecret, StandardWebhooksVerifier } from './standard-webhooks-verifier.js';
import { describeMissingHeader, isEqualText, type SignedRequest, type Verifier } from './verifier.js';

const STRUCTURED_TYPE = /^application\/cloudevents\+json\s*(;|$)/i;
const BEARER = /^Bearer +(?<token>\S+)$/i;
/** Attributes that every event has (CloudEvents 1.0, 3.1). */
const REQUIRED_ATTRIBUTES = ['specversion', 'id', 'source', 'type'] as const;

export class CloudEventsVerifier implements Verifier {
  readonly #signed: StandardWebhooksVerifier;

  /** @param secrets any text as a bearer token; base64, with or without `whsec_`, for signatures */
  constructor(private readonly secrets: readonly string[]) {
    this.#signed = new StandardWebhooksVerifier(secrets.flatMap((secret) => parseStandardSecret(secret) ?? []));
  }

  findFault(request: SignedRequest, nowMs: number): string | undefined {
    const { headers } = request;
    const isSigned = ['webhook-signature', 'svix-signature'].some((name) => findHeader(headers, name) !== undefined);
    if (isSigned) return this.#signed.findFault(request, nowMs);
    const { token } = BEARER.exec(findHeader(headers, 'authorization') ?? '')?.groups ?? {};
    if (token === undefined) return describeMissingHeader('webhook-signature or Authorization');
    return this.secrets.some((secret) => isEqualText(secret, token))
      ? undefined
      : 'the bearer token is not a secret of the hook';
  }

  /** Rules find an attribute as `ce-<name>` in both modes. @throws TallyError `invalid-request` if it is no event */
  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    const attributes = STRUCTURED_TYPE.test(findHeader(headers, 'content-type') ?? '')
      ? readBodyAttributes(body)
      : readHeaderAttributes(headers);
    const missing = REQUIRED_ATTRIBUTES.filter((name) => !attributes[`ce-${name}`]);
    if (missing.length > 0) throw createEventError(`has no ${missing.join(', ')}`);
    if (attributes['ce-specversion'] !== '1.0') throw createEventError('is not of version 1.0');
    const id = joinEventId(attributes['ce-source'], attributes['ce-id']);
    return { id, headers: { ...headers, ...attributes }, body };
  }
}

function createEventError(fault: string): TallyError {
  return new TallyError('invalid-request', `the CloudEvent ${fault}`);
}

/** Attributes are text, numbers and booleans. They are compared by their text, as in headers. */
function readBodyAttributes(body: unknown): Record<string, string> {
  if (!isJsonObject(body)) throw createEventError('is not a JSON object');
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) attributes[`ce-${name}`] = String(value);
  }
  return attributes;
}

function readHeaderAttributes(headers: EventHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = name.startsWith('ce-') ? findHeader(headers, name) : undefined;
    if (value !== undefined) attributes[name] = decodeAttribute(value);
  }
  return attributes;
}

/** Undoes quotes and percent-encoding (CloudEvents HTTP binding 1.0.2, 3.1.3.2). */
function decodeAttribute(value: string): string {
  const text = /^"(?:[^"\\]|\\.)*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
