/** The group-commit queue: order, group boundaries, failures and draining, with a commit that the test controls. */
import { setImmediate } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { events, type GroupCommitted } from '../../telemetry/events.js';
import type { Reply } from './decide.js';
import { type GroupCommitHooks, GroupCommitQueue, type GroupLimits, GroupSize } from './group-commit-queue.js';

const LIMITS: GroupLimits = { maxChangeSets: 4, maxChanges: 10 };

function createChangeSet(key: string, changeCount = 1): ChangeSet {
  return { dashboard: 'main', key, changes: Array.from({ length: changeCount }, () => ({ counter: 'orders', by: 1 })) };
}

/** A reply that names the change set that it belongs to. */
function toReply({ key = '' }: ChangeSet): Reply {
  return { refusal: { code: 'unknown-counter', detail: key }, replayed: false };
}

const toDetails = (replies: readonly Reply[]) => replies.map(({ refusal }) => refusal?.detail);

/** A commit that takes until the test ends it. */
interface Commit {
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/** Turns of the event loop without a new change after which a group is taken as it is. */
const QUIET_TURNS = 5;

async function passTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

/** A queue, the commits that it began, and a log of what happened. */
function createScene(hooks: GroupCommitHooks = {}) {
  const log: string[] = [];
  const commits: Commit[] = [];
  const commitGroup = (changeSets: readonly ChangeSet[]) =>
    new Promise<readonly Reply[]>((resolve, reject) => {
      log.push(`commit ${changeSets.map(({ key }) => key).join(' ')}`);
      commits.push({ succeed: () => resolve(changeSets.map(toReply)), fail: reject });
    });
  const queue = new GroupCommitQueue(LIMITS, commitGroup, hooks);
  return {
    log,
    commits,
    queue,
    /** Enqueues change sets of one change each, and logs how they are answered. */
    enqueue: (...keys: readonly string[]): void => {
      void queue.apply(keys.map((key) => createChangeSet(key))).then(
        (replies) => log.push(`answer ${toDetails(replies).join(' ')}`),
        (error: unknown) => log.push(`reject ${keys.join(' ')}: ${String(error)}`),
      );
    },
    /** Ends the commit that is under way, and waits for the next one to begin. @param turns more after a large group */
    succeed: async (turns = 1): Promise<void> => {
      commits.at(-1)?.succeed();
      await passTurns(turns);
    },
  };
}

describe('GroupCommitQueue', () => {
  it('commits the change sets of one turn of the event loop as one group, in the order of the calls', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    enqueue('a');
    queueMicrotask(() => enqueue('b', 'c'));
    expect([queue.pending, log]).toEqual([1, []]);
    await setImmediate();
    expect([queue.pending, log]).toEqual([0, ['commit a b c']]);
    await succeed();
    expect(log).toEqual(['commit a b c', 'answer a', 'answer b c']);
  });

  it('gathers the next group while one is being committed, and starts it at once', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    enqueue('a');
    await setImmediate();
    enqueue('b');
    await setImmediate();
    enqueue('c');
    expect([queue.pending, log]).toEqual([2, ['commit a']]);
    await succeed();
    expect(log).toEqual(['commit a', 'answer a', 'commit b c']);
  });

  it('waits after a group of several callers until as many have come back, and takes them together', async () => {
    const { log, enqueue, succeed } = createScene();
    for (const key of ['a', 'b', 'c']) enqueue(key);
    await setImmediate();
    enqueue('d');
    await succeed();
    for (const key of ['e', 'f']) {
      expect(log.at(-1)).toBe('answer c');
      enqueue(key);
      await setImmediate();
    }
    expect(log.at(-1)).toBe('commit d e f');
  });

  it('takes the changes that are queued after a few turns without a new one', async () => {
    const { log, enqueue, succeed } = createScene();
    for (const key of ['a', 'b', 'c']) enqueue(key);
    await setImmediate();
    await succeed();
    enqueue('d');
    await passTurns(QUIET_TURNS);
    expect(log.at(-1)).toBe('commit d');
  });

  it('ends a group at the limit of change sets, and at the limit of changes', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    for (const key of ['a', 'b', 'c']) enqueue(key);
    enqueue('d', 'e');
    void queue.apply([createChangeSet('f', 9)]);
    await setImmediate();
    await succeed(QUIET_TURNS);
    await succeed();
    expect(log.filter((line) => line.startsWith('commit'))).toEqual(['commit a b c', 'commit d e', 'commit f']);
  });

  it('commits change sets that were enqueued together in one group even if they exceed the limits', async () => {
    const { log, enqueue, succeed } = createScene();
    enqueue('a', 'b', 'c', 'd', 'e');
    enqueue('f');
    await setImmediate();
    await succeed();
    expect(log).toEqual(['commit a b c d e', 'answer a b c d e', 'commit f']);
  });

  it('runs a task after everything enqueued before it and before everything enqueued after it', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    enqueue('a');
    const task = queue.run(async () => {
      log.push('task begins');
      await setImmediate();
      log.push('task ends');
      return 7;
    });
    enqueue('b');
    await setImmediate();
    expect([queue.pending, log]).toEqual([2, ['commit a']]);
    await succeed();
    expect([queue.pending, log]).toEqual([1, ['commit a', 'answer a', 'task begins']]);
    expect(await task).toBe(7);
    await setImmediate();
    expect(log).toEqual(['commit a', 'answer a', 'task begins', 'task ends', 'commit b']);
  });

  it('rejects the change sets of a group that fails, reports it, and goes on with the next group', async () => {
    const { commits, log, enqueue } = createScene({
      onFailure: (error) => log.push(`failure ${String(error)}`),
      onIdle: () => log.push('idle'),
    });
    enqueue('a');
    enqueue('b');
    await setImmediate();
    enqueue('c');
    commits[0]?.fail(new Error('disk full'));
    await passTurns(QUIET_TURNS);
    commits[1]?.succeed();
    await setImmediate();
    const rejected = ['reject a: Error: disk full', 'reject b: Error: disk full'];
    expect(log.toSorted()).toEqual(
      ['commit a b', ...rejected, 'failure Error: disk full', 'commit c', 'answer c', 'idle'].toSorted(),
    );
    expect(log.at(-1)).toBe('idle');
  });

  it('rejects a task that fails with its error, reports it, and goes on', async () => {
    const failures: unknown[] = [];
    const { queue, log, enqueue } = createScene({ onFailure: (error) => failures.push(error) });
    const task = queue.run(() => Promise.reject(new Error('no such dashboard')));
    enqueue('a');
    await expect(task).rejects.toThrow('no such dashboard');
    await setImmediate();
    expect([failures, log]).toEqual([[new Error('no such dashboard')], ['commit a']]);
  });

  it('can reject everything that is queued, without affecting the group that is being committed', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    enqueue('a');
    await setImmediate();
    enqueue('b');
    const task = queue.run(() => Promise.resolve());
    queue.rejectPending(new Error('server lost'));
    expect(queue.pending).toBe(0);
    await expect(task).rejects.toThrow('server lost');
    await succeed();
    expect(log).toEqual(['commit a', 'reject b: Error: server lost', 'answer a']);
  });

  it('drains when everything enqueued is committed, and at once if nothing is', async () => {
    const { queue, log, enqueue, succeed } = createScene();
    await queue.drain();
    enqueue('a');
    const drained = queue.drain().then(() => log.push('drained'));
    await setImmediate();
    enqueue('b');
    await succeed();
    await succeed();
    await drained;
    expect(log).toEqual(['commit a', 'answer a', 'commit b', 'answer b', 'drained']);
  });

  it('publishes the size and the duration of each group that was committed', async () => {
    const published: GroupCommitted[] = [];
    const unsubscribe = events.groupCommitted.subscribe((event) => published.push(event));
    const { commits, enqueue, succeed } = createScene();
    enqueue('a', 'b');
    await setImmediate();
    await succeed();
    enqueue('c');
    await setImmediate();
    commits.at(-1)?.fail(new Error('disk full'));
    await setImmediate();
    unsubscribe();
    expect(published).toEqual([{ changeSets: 2, tookMs: expect.any(Number) }]);
  });
});

describe('GroupSize', () => {
  it('has room for change sets within the limits, and for any change set while it is empty', () => {
    const size = new GroupSize(LIMITS);
    expect(size.tryAdd([createChangeSet('a', 50)])).toBe(true);
    expect(size.tryAdd([createChangeSet('b')])).toBe(false);
    const other = new GroupSize(LIMITS);
    const added = [4, 7, 6, 1].map((changeCount) => other.tryAdd([createChangeSet('a', changeCount)]));
    expect(added).toEqual([true, false, true, false]);
  });
});
