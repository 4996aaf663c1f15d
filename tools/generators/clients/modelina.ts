/** The models of @asyncapi/modelina: the first event of a stream is a snapshot with what was counted. */
import type { Snapshot } from '../generated/modelina/Snapshot';
import { createHeaders, type Target } from './target';

/** Watches a dashboard until its snapshot arrives. */
export async function readSnapshot({ url, token, dashboard }: Target): Promise<Snapshot> {
  const headers = { ...createHeaders(token), Accept: 'text/event-stream' };
  const response = await fetch(`${url}/dashboards/${dashboard}?periods=day`, { headers });
  if (!response.body) throw new Error(`the stream was answered with ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, data] = /^data: (.+)\n\n/m.exec(text) ?? [];
    if (data !== undefined) return JSON.parse(data) as Snapshot;
  }
  throw new Error(`the stream ended without a snapshot: ${text}`);
}
