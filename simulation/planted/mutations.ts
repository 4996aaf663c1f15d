/** Planted bugs: each changes one place of `src`. The simulation has to find every one of them. */

export interface Mutation {
  readonly name: string;
  /** Path in `src`. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly original: string;
  readonly replacement: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a key is not looked up',
    file: 'store/in-process/decide.ts',
    original: 'if (earlier)\n',
    replacement: 'if (earlier && earlier.keepUntil < nowMs)\n',
  },
  {
    name: 'a refusal is not stored under its key',
    file: 'store/sqlite/writer.ts',
    original: 'if (this.#staged.ledger.length > 0 || this.#staged.keys.length > 0)',
    replacement: 'if (this.#staged.ledger.length > 0)',
  },
  {
    name: 'memory stays ahead of the file after a failed commit',
    file: 'store/sqlite/writer.ts',
    original: 'this.#loadedDashboards = undefined;\n      throw error;',
    replacement: 'throw error;',
  },
  {
    name: 'the callers of a group get the replies of others',
    file: 'store/in-process/group-commit-queue.ts',
    original: 'resolve(replies.slice(start, (start += job.length)));',
    replacement: 'resolve(replies.slice(start, start + job.length));',
  },
  {
    name: 'a group is taken before the one before is durable',
    file: 'store/in-process/group-commit-queue.ts',
    original: 'await (group.length > 0 ? this.#commit(group) : this.#runTask());',
    replacement: 'void (group.length > 0 ? this.#commit(group) : this.#runTask());',
  },
  {
    name: 'changes during a pause wait for the next change',
    file: 'dashboard/live/room.ts',
    original: "this.#pacingState = 'idle';\n        this.#scheduleBroadcast();",
    replacement: "this.#pacingState = 'idle';",
  },
  {
    name: 'a viewer that was busy does not get the latest state',
    file: 'dashboard/live/viewer.ts',
    original: 'this.onDrained();\n      this.sendLatest();',
    replacement: 'this.onDrained();',
  },
  {
    name: 'a change is dated before the last one',
    file: 'counters/counters.ts',
    original: 'at: Math.max(nowMs, dashboard.at),',
    replacement: 'at: nowMs,',
  },
  {
    name: 'a revision is undone twice',
    file: 'store/in-process/decide.ts',
    original: 'if (undo !== undefined)',
    replacement: 'if (undo === 0)',
  },
  {
    name: 'minutes are not written',
    file: 'store/sqlite/writer.ts',
    original: 'this.#statements.insertPoints.run(toJsonArray(points));',
    replacement: '',
  },
  {
    name: 'late changes of a disk that hung are not published',
    file: 'store/sqlite/sqlite.store.ts',
    original: 'await reply.catch(() => {});\n      await this.#publishFile();',
    replacement: 'await reply.catch(() => {});',
  },
  {
    name: 'a client makes a new key for each attempt',
    file: 'client/change.ts',
    original: "{ method: 'POST', headers, body }, attemptTimeoutMs)",
    replacement:
      "{ method: 'POST', headers: { ...headers, 'idempotency-key': createIdempotencyKey() }, body }, attemptTimeoutMs)",
  },
  {
    name: 'a failed notification is not repeated',
    file: 'rules/runner/delivery-pumps.ts',
    original: "if (!after || after.status !== 'waiting') {",
    replacement: 'if (number > 0) {',
  },
  {
    name: 'a rule does not clear at its limit',
    file: 'rules/evaluation/threshold.ts',
    original: 'return isHolding ? { low: getNextUp(clearsAt ?? above), high: Infinity }',
    replacement: 'return isHolding ? { low: clearsAt ?? above, high: Infinity }',
  },
  {
    name: 'a patch leaves totals as they were',
    file: 'client/snapshot-state.ts',
    original: 'added: { ...previous.added, ...added }',
    replacement: 'added: { ...added, ...previous.added }',
  },
  {
    name: 'a patch with a gap before it is applied',
    file: 'store/redis/dashboard-subscription.ts',
    original: 'else if (patch.from > this.revision) {',
    replacement: 'else if (patch.from > this.revision + 1_000) {',
  },
  {
    name: 'lost patches of a quiet dashboard are not noticed',
    file: 'store/redis/subscriptions.ts',
    original: 'if (nowMs - subscription.lastMessageMs < QUIET_CHECK_AFTER_MS && !subscription.isStale) continue;',
    replacement: 'if (!subscription.isStale) continue;',
  },
  {
    name: 'a viewer shows the older state of another instance',
    file: 'client/snapshot-state.ts',
    original: 'next.revision > current.revision) return true;',
    replacement: 'next.revision !== current.revision) return true;',
  },
  {
    name: 'a period goes on when the next one has begun',
    file: 'dashboard/state/open-periods.ts',
    original: 'if (atMs < open.span.end) continue;',
    replacement: "if (atMs < open.span.end || period === 'day') continue;",
  },
  {
    name: 'a reopened file is not published',
    file: 'store/sqlite/sqlite.store.ts',
    original: 'await this.#publishFile();\n        this.#files.reset();',
    replacement: 'this.#files.reset();',
  },
  {
    name: 'a gone viewer stays registered',
    file: 'dashboard/live/viewer-hub.ts',
    original: 'if (viewer.network) this.admission.unregister(viewer.network);',
    replacement: 'if (viewer.network && code === undefined) this.admission.unregister(viewer.network);',
  },
  {
    name: 'the silence of a connection is not noticed',
    file: 'client/watch.ts',
    original:
      'this.#timer = setTimeout(() => this.#onTimeout(), this.#received ? this.#silenceLimitMs : connectTimeoutMs);',
    replacement: 'if (!this.#received) this.#timer = setTimeout(() => this.#onTimeout(), connectTimeoutMs);',
  },
];
