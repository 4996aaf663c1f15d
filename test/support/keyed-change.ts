/** Sends single change sets with idempotency keys. */
import type { Change, Outcome } from '../../src/counters/counters.js';

interface KeyedResponse {
  readonly status: number;
  readonly isReplay: boolean;
  /** The outcome of status 200; a problem document with `code` and `detail` otherwise. */
  readonly body: Outcome & { readonly code?: string; readonly detail?: string };
}

/** Posts a change set, or an undo, to dashboard `main` of a service. @throws if the connection breaks */
export async function postKeyed(
  { url }: { readonly url: string },
  key: string,
  payload: { readonly changes: readonly Change[] } | { readonly undoes: number },
): Promise<KeyedResponse> {
  const response = await fetch(`${url}/dashboards/main/changes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(payload),
  });
  const isReplay = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, isReplay, body: (await response.json()) as KeyedResponse['body'] };
}
