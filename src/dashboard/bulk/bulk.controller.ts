/** `POST /changes`: bulk ingest of change sets as NDJSON. Each line is answered once it is durable. */
import { Controller, type OnModuleDestroy, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Authorizer, getPrincipal } from '../../auth/authorizer.js';
import { ChangeRateLimit } from '../../auth/change-rate-limit.js';
import { type Principal, toSender } from '../../auth/principal.js';
import { Config } from '../../config/config.js';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { HOPS_HEADER } from '../../store/upstream/relayed-caller.js';
import { DashboardService } from '../dashboard.service.js';
import { IdempotencyKey } from '../routes/idempotency-key.decorator.js';
import { BulkChangeStream } from './bulk-change-stream.js';
import { PacedChanges } from './paced-changes.js';
import { NDJSON_MEDIA_TYPES, openBody } from './streamed-body.js';

/** Most uncommitted lines of one stream: enough to fill the next groups while one is committed. */
const MAX_PENDING_LINES = 4_096;
/**
 * The response to a body of at most this length starts after the whole body has arrived. Once a response has started,
 * nginx stops sending a request that the service does not read for a moment, and Caddy discards the rest
 * (test/deploy/proxies.e2e-spec.ts).
 */
const MAX_DEFERRED_BODY_BYTES = 2 ** 20;

@Controller()
export class StreamController implements OnModuleDestroy {
  readonly #streams = new Set<BulkChangeStream>();

  constructor(
    private readonly config: Config,
    private readonly dashboards: DashboardService,
    private readonly authorizer: Authorizer,
    private readonly changeLimit: ChangeRateLimit,
  ) {}

  /**
   * Each line is `{dashboard, changes, key?, reason?}`, at most 64 KiB; blank lines are skipped. The response has
   * status 200 and one line for each, in order: the outcome once it is durable, or a problem with its `line` number. A
   * problem does not end the stream, but 1,000 more invalid lines than applied ones do (decision 0037): the response
   * then ends with `too-many-invalid-lines` for the first line that was not read. If the connection breaks, unanswered
   * lines may have been counted: send lines with a `key` again. With an `Idempotency-Key` header, a line without a
   * `key` gets one made of the header and its line number.
   * @throws TallyError `invalid-idempotency-key`, `unsupported-media-type`
   */
  @Post('changes')
  @ApiDocs({
    tag: 'Changes',
    role: 'write',
    scope: 'some',
    operationId: 'applyChangeSets',
    summary: 'Apply many change sets',
    description:
      'Streams NDJSON in both directions. Each line of the body is a change set of at most 64 KiB. The response has one line for each, in order: its outcome once it is durable, or a problem. Once invalid lines outnumber applied ones by 1,000, the response ends with `too-many-invalid-lines`: its `line` is the first that was not read. A line that was applied earlier counts as applied, more applied lines than invalid ones before do not count, and an invalid line of more than 1 KiB counts once for each KiB. This is checked after every 100 invalid lines. Invalid lines count for `MAX_CHANGES_PER_S`. If `Content-Length` is at most 1 MiB, the response starts after the whole body has arrived. With an `Idempotency-Key`, every line without a `key` gets a key of its own. The body may be compressed with gzip.',
    headers: ['Idempotency-Key'],
    body: 'ChangeSet',
    bodyTypes: NDJSON_MEDIA_TYPES,
    responses: {
      200: {
        description: 'One line for each line of the body.',
        content: { 'application/x-ndjson': 'ChangeAnswer' },
        headers: ['Cache-Control', 'X-Accel-Buffering'],
      },
    },
    problems: ['invalid-idempotency-key'],
  })
  async change(@Req() request: Request, @Res() response: Response, @IdempotencyKey() key?: string): Promise<void> {
    const body = openBody(request, NDJSON_MEDIA_TYPES);
    response.writeHead(200, {
      'Content-Type': `${NDJSON_MEDIA_TYPES[0]}; charset=utf-8`,
      // A proxy that compresses would hold lines back until its buffer is full.
      'Cache-Control': 'no-store, no-transform',
      // A proxy that buffers the whole response would wait for an end that may never come.
      'X-Accel-Buffering': 'no',
    });
    const stream = new BulkChangeStream(response, {
      applyAll: this.#createApplyAll(request),
      getMaxLines: () => Math.min(MAX_PENDING_LINES, this.config.MAX_WAITING_CHANGES / 2 / this.#streams.size),
      key,
      deferResponse: Number(request.headers['content-length']) <= MAX_DEFERRED_BODY_BYTES,
    });
    this.#streams.add(stream);
    try {
      await stream.run(body);
    } finally {
      this.#streams.delete(stream);
      // Nobody needs the rest of a stream that has ended early: it is discarded without being decompressed.
      if (body !== request) body.destroy();
    }
  }

  /**
   * Returns how to apply batches in order. Without a rate limit they are passed on as they come. The lines of a relay
   * are requests of callers who wait for their answers: each is refused as it would be here.
   */
  #createApplyAll(request: Request): PacedChanges['apply'] {
    const principal = getPrincipal(request);
    const isRelay = request.headers[HOPS_HEADER] !== undefined;
    const findRefusal = isRelay
      ? ({ changes }: ChangeSet) => this.changeLimit.findRefusal(request, changes)
      : undefined;
    const applyAll = (changeSets: readonly ChangeSet[]) => this.#applyAll(changeSets, principal, findRefusal);
    if (!this.changeLimit.hasLimit || isRelay) return applyAll;
    const paced = new PacedChanges((wanted) => this.changeLimit.consumeUpTo(request, wanted), applyAll);
    return (changeSets, invalidLines) => paced.apply(changeSets, invalidLines);
  }

  /**
   * Checks the permission for each change set, because a stream can outlast its token, and applies those that have it.
   * @param findRefusal returns why a change set that is permitted is refused
   */
  async #applyAll(
    changeSets: readonly ChangeSet[],
    principal: Principal,
    findRefusal?: (changeSet: ChangeSet) => TallyError | undefined,
  ): Promise<readonly (Outcome | TallyError)[]> {
    const sender = toSender(principal);
    const denials = changeSets.map(
      (changeSet) =>
        this.authorizer.findDenial(principal, { role: 'write', scope: { dashboard: changeSet.dashboard } }) ??
        findRefusal?.(changeSet),
    );
    const allowed = changeSets.filter((_, index) => !denials[index]);
    const applied = await this.dashboards.applyAll(allowed.map((changeSet) => ({ ...changeSet, ...sender })));
    const results = applied.values();
    return denials.map((denial) => denial ?? results.next().value ?? createUnansweredError());
  }

  onModuleDestroy(): void {
    for (const stream of this.#streams) stream.stop();
  }
}

function createUnansweredError(): TallyError {
  return new TallyError('internal-error', 'the store returned no result for this line');
}
