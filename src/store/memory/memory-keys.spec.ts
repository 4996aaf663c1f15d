/** Keys in memory, each with its own time to live. */
import type { StoredReply } from '../in-process/decide.js';
import { MemoryKeys } from './memory-keys.js';

const createReply = (keepUntil: number): StoredReply => ({
  fingerprint: 'f',
  at: 0,
  keepUntil,
  reply: { outcome: { dashboard: 'main', revision: 1, at: 0, counters: {}, replayed: false } },
});

describe('keys in memory', () => {
  it('that end soon are dropped while older ones with a longer life stay', () => {
    const keys = new MemoryKeys();
    keys.set('long', createReply(1_000), 1_000);
    for (let index = 0; index < 10; index += 1) keys.set(`short-${index}`, createReply(10), undefined);
    keys.expire(10, 4);
    expect(keys.find('short-3')).toBeUndefined();
    expect(keys.find('short-4')).toBeDefined();
    keys.expire(10, 100);
    expect(keys.find('short-9')).toBeUndefined();
    expect(keys.find('long')).toBeDefined();
    keys.expire(1_000, 4);
    expect(keys.find('long')).toBeUndefined();
  });

  it('that are set again with another life are found once, with the new reply', () => {
    const keys = new MemoryKeys();
    keys.set('k', createReply(10), undefined);
    keys.set('k', createReply(20), 20);
    expect(keys.find('k')).toEqual(createReply(20));
    keys.expire(10, 4);
    expect(keys.find('k')).toEqual(createReply(20));
  });
});
