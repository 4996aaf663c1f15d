/** Sends changes of one caller with one request: lines of `POST /changes`, or a change that needs its own. */
import type { ServerProblem } from '../../client/errors.js';
import { TallyError } from '../../counters/errors.js';
import type { RelayedCaller } from './relayed-caller.js';
import { createUnreachableError, toTallyError, type Upstream, type UpstreamRequest } from './upstream.js';
import {
  type Attempt,
  type ChangeAnswer,
  isUnread,
  needsOwnRequest,
  settleChange,
  type WaitingChange,
} from './waiting-change.js';

/** Most lines of a request: fewer than the invalid ones that end a stream. */
const MAX_LINES = 500;
/** Most text of a request, UTF-16 code units: the answer to a body of at most 1 MiB comes after the whole body. */
const MAX_TEXT_LENGTH = 300_000;

/** Takes the changes from the front of a queue that go with one request: at least the first. */
export function takeTogether(waiting: WaitingChange[]): WaitingChange[] {
  let [count, length] = [0, 0];
  for (const change of waiting) {
    if (count > 0 && (count === MAX_LINES || length > MAX_TEXT_LENGTH || needsOwnRequest(change))) break;
    count += 1;
    length += change.line.length;
    if (needsOwnRequest(change)) break;
  }
  return waiting.splice(0, count);
}

/** Sends changes that {@link takeTogether} has taken, once. */
export async function sendTogether(
  changes: readonly WaitingChange[],
  upstream: Upstream,
  caller: RelayedCaller,
  timeoutMs: number,
): Promise<Attempt> {
  let answered = 0;
  let isLineUnread = false;
  const endWith = (error: TallyError): Attempt => ({
    hasAnswers: answered > 0,
    unanswered: changes.slice(answered),
    isUnread: isLineUnread,
    error,
  });
  try {
    const { statusCode, headers, body } = await upstream.request({
      method: 'POST',
      timeoutMs,
      ...toRequest(changes, caller),
    });
    const text = await body.text();
    const retryAfterS = Number(headers['retry-after']) || undefined;
    const isSingle = changes[0] !== undefined && needsOwnRequest(changes[0]);
    if (statusCode !== 200 && !isSingle) return endWith(toTallyError(JSON.parse(text) as ServerProblem, retryAfterS));
    const isReplayed = headers['idempotent-replayed'] === 'true';
    for (const line of isSingle ? [text] : text.split('\n')) {
      const change = changes[answered];
      if (line === '' || !change) break;
      const answer = JSON.parse(line) as ChangeAnswer;
      isLineUnread = !isSingle && isUnread(answer);
      if (isLineUnread) break;
      settleChange(change, answer, { isReplayed, retryAfterS });
      answered += 1;
    }
    return endWith(createUnreachableError(new Error('it has not answered')));
  } catch (cause) {
    return endWith(cause instanceof TallyError ? cause : createUnreachableError(cause));
  }
}

function toRequest(
  changes: readonly WaitingChange[],
  { authorization }: RelayedCaller,
): Pick<UpstreamRequest, 'path' | 'headers' | 'body'> {
  const [first] = changes;
  const sender = { ...(authorization !== undefined && { authorization }) };
  if (!first || !needsOwnRequest(first)) {
    const headers = { ...sender, 'content-type': 'application/x-ndjson' };
    return { path: '/changes', headers, body: changes.map(({ line }) => `${line}\n`).join('') };
  }
  const { dashboard, changes: own, undoes, reason } = first.changeSet;
  return {
    path: `/dashboards/${dashboard}/changes`,
    headers: {
      ...sender,
      'content-type': 'application/json',
      ...(first.key !== undefined && { 'idempotency-key': first.key }),
    },
    body: JSON.stringify(undoes === undefined ? { changes: own, reason } : { undoes, reason }),
  };
}
