/** Ids of notifications. */
import { createWebhookId, type WebhookOrigin } from './webhook-id.js';

const ORIGIN: WebhookOrigin = { epoch: 'e1', dashboard: 'shop', rule: 'ten', revision: 7, kind: 'fired' };

describe('the id of a notification', () => {
  it('is the same on every instance and after every restart', () => {
    expect(createWebhookId({ ...ORIGIN })).toBe('msg_0fKedix9Q2rLZi-SNUJCY0B34Uz_8NmY');
  });

  it('differs with any part of what it is made of', () => {
    const others: readonly Partial<WebhookOrigin>[] = [
      {},
      { epoch: 'e2' },
      { dashboard: 'shop2' },
      { rule: 'eleven' },
      { revision: 8 },
      { kind: 'cleared' },
      { kind: 'test' },
      { occurrence: '' },
      { occurrence: '1' },
      { dashboard: 'shopt', rule: 'en' },
    ];
    const ids = others.map((part) => createWebhookId({ ...ORIGIN, ...part }));
    expect(new Set(ids).size).toBe(others.length);
    for (const id of ids) expect(id).toMatch(/^msg_[\w-]{32}$/);
  });
});
