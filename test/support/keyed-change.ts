/** Sends single change sets with idempotency keys. */
import type { Change, Outcome } from '../../src/counters/counters.js';

interface KeyedResponse {
  readonly status: number;
  readonly isReplay: boolean;
  /** The outcome of status 200; a problem document otherwise. */
  readonly body: Outcome;
}

/** Posts a change set to dashboard `main` of a service. @throws if the connection breaks */
export async function postKeyed(
  { url }: { readonly url: string },
  key: string,
  changes: readonly Change[],
): Promise<KeyedResponse> {
  const response = await fetch(`${url}/dashboards/main/changes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify({ changes }),
  });
  const isReplay = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, isReplay, body: (await response.json()) as Outcome };
}
