/** Verifies a request of a provider, and works out what it counts. Books nothing. */
import { isUtf8 } from 'node:buffer';
import { TallyError } from '../counters/errors.js';
import { toEventKey } from './event-key.js';
import type { Hook } from './hook.js';
import { type EventHeaders, findHeader } from './hook-event.js';
import { applyRules, type RuleResult } from './hook-rules.js';
import type { SignedRequest } from './verifiers/verifier.js';

/** An event, and what it counts. */
export interface ReceivedEvent {
  /** Idempotency key. */
  readonly key: string;
  readonly result: RuleResult;
}

const JSON_TYPE = /^application\/(json|[\w!#$&^.+-]+\+json)\s*(;|$)/i;
const BATCH_TYPE = /^application\/cloudevents-batch\+json/i;

/** @throws TallyError `unsupported-media-type` unless the body is JSON, or has no type and no encoding */
export function assertJson({ provider }: Hook, headers: EventHeaders): void {
  const type = findHeader(headers, 'content-type');
  const encoding = findHeader(headers, 'content-encoding');
  if (encoding !== undefined && encoding !== 'identity')
    throw new TallyError('unsupported-media-type', 'the body must not be compressed: its bytes are signed');
  if (type === undefined) return;
  if (BATCH_TYPE.test(type))
    throw new TallyError('unsupported-media-type', 'a batch of CloudEvents has no id of its own: send single events');
  if (JSON_TYPE.test(type)) return;
  const where = provider === 'github' ? ': choose "application/json" as the content type of the webhook at GitHub' : '';
  throw new TallyError('unsupported-media-type', `the body must be JSON${where}`);
}

/**
 * @param nowMs milliseconds since the Unix epoch
 * @throws TallyError `signature-invalid`, or as {@link readEvent}
 */
export function verifyEvent(hook: Hook, request: SignedRequest, nowMs: number): ReceivedEvent {
  const fault = hook.verifier.findFault(request, nowMs);
  if (fault !== undefined) throw new TallyError('signature-invalid', fault);
  return readEvent(hook, request);
}

/** Reads an event that is known to be authentic. @throws TallyError `invalid-request` if it has no JSON, or no id */
export function readEvent(hook: Hook, { headers, body }: SignedRequest): ReceivedEvent {
  const event = hook.verifier.readEvent(headers, parseJson(body));
  if (event.id === undefined)
    throw new TallyError('invalid-request', `the request has no event id where ${hook.provider} has it`);
  return { key: toEventKey(hook.name, event.id), result: applyRules(hook.rules, event) };
}

/** An event may have no data, and then no body. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    if (isUtf8(body)) return JSON.parse(body.toString());
  } catch {
    // Its message would quote the body.
  }
  throw new TallyError('invalid-request', 'the body is not JSON');
}
