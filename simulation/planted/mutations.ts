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
    name: 'the silence of a connection is not noticed',
    file: 'client/watch.ts',
    original:
      'this.#timer = setTimeout(() => this.#onTimeout(), this.#received ? this.#silenceLimitMs : connectTimeoutMs);',
    replacement: 'if (!this.#received) this.#timer = setTimeout(() => this.#onTimeout(), connectTimeoutMs);',
  },
];
