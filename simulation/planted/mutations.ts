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
    original: 'this.#pausedUntilMs = 0;\n    this.#scheduleBroadcast();',
    replacement: 'this.#pausedUntilMs = 0;',
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
  {
    name: 'a relay does not tell that it has lost its upstream',
    file: 'store/upstream/watched-dashboard.ts',
    original: "this.publish({ kind: 'stale', dashboard: this.name, sinceMs: this.#status.since });",
    replacement: '',
  },
  {
    name: 'a relay makes a new key for each attempt',
    file: 'store/upstream/change-request.ts',
    original: 'changes.map(({ line }) => `${line}\\n`)',
    replacement:
      'changes.map(({ line }) => `${JSON.stringify({ ...(JSON.parse(line) as object), key: `${Math.random()}` })}\\n`)',
  },
  {
    name: 'a relay hands answers to other callers',
    file: 'store/upstream/change-request.ts',
    original: 'const change = changes[answered];',
    replacement: 'const change = changes[changes.length - 1 - answered];',
  },
  {
    name: 'a relay does not notice new counters',
    file: 'store/upstream/watched-dashboard.ts',
    original:
      '      known.version >= this.#latestVersion &&\n      haveSameNames([...known.counters.keys()], latest.counters)',
    replacement: '      known.counters.size > 0',
  },
  {
    name: 'a removed counter is there again after a restart',
    file: 'store/sqlite/writer.ts',
    original: 'this.#statements.markCounterRemoved.run(counterIds.get(counter));',
    replacement: '',
  },
  {
    name: 'viewers keep a removed counter',
    file: 'dashboard/state/dashboard-state.ts',
    original: '    if (this.#counters.delete(counter)) {\n      this.#measures',
    replacement: '    if (this.#counters.has(counter)) {\n      this.#measures',
  },
  {
    name: 'a counter that a rule watches can be removed',
    file: 'rules/rules.service.ts',
    original: 'dashboards.guardCounters((state, counter) => this.#assertUnused(state, counter));',
    replacement: '',
  },
  {
    name: 'a removal is not booked',
    file: 'store/sqlite/writer.ts',
    original:
      '        this.#writeBooking({ id, dashboard, counterIds, undoLimits }, booking);\n        this.#statements.markCounterRemoved',
    replacement: '        this.#statements.markCounterRemoved',
  },
  {
    name: 'keys expire after half of their time',
    file: 'store/in-process/decide.ts',
    original: 'const keepUntil = nowMs + (changeSet.keyTtlMs ?? keyTtlMs);',
    replacement: 'const keepUntil = nowMs + (changeSet.keyTtlMs ?? keyTtlMs) / 2;',
  },
  {
    name: 'keys are kept four times as long',
    file: 'store/in-process/decide.ts',
    original: 'const keepUntil = nowMs + (changeSet.keyTtlMs ?? keyTtlMs);',
    replacement: 'const keepUntil = nowMs + (changeSet.keyTtlMs ?? keyTtlMs) * 4;',
  },
  {
    name: 'a ratio ignores the decimals of its parts',
    file: 'measures/derived-measure.ts',
    original: 'const exponent = scale + getScale(under) - getScale(over) + (percent ? 2 : 0);',
    replacement: 'const exponent = scale + (percent ? 3 : 0);',
  },
  {
    name: 'a sum is cut off in place of rounded',
    file: 'measures/derived-measure.ts',
    original:
      'return size <= Number.MAX_SAFE_INTEGER ? toDecimalText(divideFast(total, fastDivisor), scale) : addExactly(read);',
    replacement:
      'return size <= Number.MAX_SAFE_INTEGER ? toDecimalText(Math.trunc(total / fastDivisor), scale) : addExactly(read);',
  },
  {
    name: 'a rule about an hour tells twice in it',
    file: 'rules/evaluation/rule-evaluator.ts',
    original: 'const isTold = startMs === undefined || state.firedInMs !== startMs;',
    replacement: 'const isTold = true;',
  },
  {
    name: 'the numbers of an hour go on in the next one',
    file: 'rules/evaluation/watched-numbers.ts',
    original: 'if (periods.has(period)) periods.set(period, 0);',
    replacement: 'void periods;',
  },
  {
    name: 'a change does not end a silence',
    file: 'rules/evaluation/watched-numbers.ts',
    original: '      watched.touchedMs = at;\n',
    replacement: '',
  },
  {
    name: 'a silence that is over is not told',
    file: 'rules/evaluation/rule-evaluator.ts',
    original: 'this.#tellCleared(rule, { ...step, value: evaluate() ?? 0 }, transitions);',
    replacement: 'evaluate();',
  },
];
