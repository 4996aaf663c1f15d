/** The function that orval's client calls for each request: it knows the address of the service and the token. */
import { createHeaders, type Target } from './target';

let target: Pick<Target, 'url' | 'token'> = { url: '', token: '' };

export function setTarget(next: Pick<Target, 'url' | 'token'>): void {
  target = next;
}

export async function request<T>(path: string, options: RequestInit): Promise<T> {
  const headers = { ...(options.headers as Record<string, string>), ...createHeaders(target.token) };
  const response = await fetch(target.url + path, { ...options, headers });
  return { data: await response.json(), status: response.status, headers: response.headers } as T;
}
