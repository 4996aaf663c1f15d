/** `POST /changes`: many change sets as lines of JSON, answered line by line as they become durable. */
import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import { Controller, type OnModuleDestroy, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Authorizer, getPrincipal } from '../../auth/authorizer.js';
import { ChangeRateLimit } from '../../auth/change-rate-limit.js';
import type { Principal } from '../../auth/principal.js';
import { Config } from '../../config/config.js';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { DashboardService } from '../dashboard.service.js';
import { IdempotencyKey } from '../routes/idempotency-key.decorator.js';
import { BulkChangeStream } from './bulk-change-stream.js';

const NDJSON_MEDIA_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'] as const;
/** Most lines of one stream that wait for their commit: enough for the next groups to gather while one is committed. */
const MAX_PENDING_LINES = 4_096;
/** Size of the pieces that gzip is unpacked in. */
const GUNZIP_CHUNK_BYTES = 64 * 1_024;
/**
 * A body that is known to be no longer is answered when all of it has come. nginx stops to send a request when the answer has begun and
 * the service takes no more for a moment, and Caddy throws away what is still to come: test/deploy/proxies.e2e-spec.ts.
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
   * A line `{dashboard, changes, key?, reason?}` each, at most 64 KiB; blank lines are passed over. Answers 200, and a line an
   * outcome, in order, as they commit. A line that is wrong or refused gets a problem with its `line`, and the rest goes on.
   * Reads no faster than the client reads its answers. A body with a `Content-Length` of at most 1 MiB is answered when all of it has come. What a cut connection leaves unanswered may be counted: lines with a
   * `key` can be sent again. An `Idempotency-Key` gives every line without one a key of its own, by its number.
   */
  @Post('changes')
  @ApiDocs({
    tag: 'Changes',
    role: 'write',
    scope: 'some',
    summary: 'Applies many change sets, a line each',
    description:
      'Lines of JSON in both directions, streamed: each line of the body is a change set of at most 64 KiB, each line of the answer is an outcome or a problem, in order, as they commit. A body with a `Content-Length` of at most 1 MiB is answered when all of it has come. An `Idempotency-Key` gives every line without a `key` one of its own. The body may be gzip.',
    headers: ['Idempotency-Key'],
    body: 'ChangeSet',
    bodyTypes: NDJSON_MEDIA_TYPES,
    responses: {
      200: {
        description: 'A line for each line.',
        content: { 'application/x-ndjson': 'ChangeAnswer' },
        headers: ['Cache-Control', 'X-Accel-Buffering'],
      },
    },
    problems: ['invalid-idempotency-key'],
  })
  async change(@Req() request: Request, @Res() response: Response, @IdempotencyKey() key?: string): Promise<void> {
    const body = openBody(request);
    response.writeHead(200, {
      'Content-Type': `${NDJSON_MEDIA_TYPES[0]}; charset=utf-8`,
      'Cache-Control': 'no-store',
      // A proxy that gathers the answer before it passes it on would never see its end.
      'X-Accel-Buffering': 'no',
    });
    const stream = new BulkChangeStream(response, {
      applyAll: (changeSets) => this.#applyAllowed(changeSets, request),
      getMaxLines: () => Math.min(MAX_PENDING_LINES, this.config.MAX_WAITING_CHANGES / 2 / this.#streams.size),
      key,
      deferResponse: Number(request.headers['content-length']) <= MAX_DEFERRED_BODY_BYTES,
    });
    this.#streams.add(stream);
    try {
      await stream.run(body);
    } finally {
      this.#streams.delete(stream);
    }
  }

  /** As many at a time as the token may make. */
  async #applyAllowed(changeSets: readonly ChangeSet[], request: Request): Promise<readonly (Outcome | TallyError)[]> {
    const principal = getPrincipal(request);
    const results: (Outcome | TallyError)[] = [];
    for (let from = 0, to = 0; from < changeSets.length; from = to) {
      to = from + (await this.changeLimit.consumeUpTo(request, changeSets.length - from));
      results.push(...(await this.#applyAll(changeSets.slice(from, to), principal)));
    }
    return results;
  }

  /** Each change set under the name of who sent it, if that one may change its dashboard: now, since a stream can outlast a token. */
  async #applyAll(changeSets: readonly ChangeSet[], principal: Principal): Promise<readonly (Outcome | TallyError)[]> {
    const { name: who } = principal;
    const denials = changeSets.map(({ dashboard }) =>
      this.authorizer.findDenial(principal, { role: 'write', scope: { dashboard } }),
    );
    const allowed = changeSets.filter((_, index) => !denials[index]);
    const results = (
      await this.dashboards.applyAll(who === undefined ? allowed : allowed.map((changeSet) => ({ ...changeSet, who })))
    ).values();
    return denials.map((denial) => denial ?? results.next().value ?? createUnansweredError());
  }

  onModuleDestroy(): void {
    for (const stream of this.#streams) stream.stop();
  }
}

function createUnansweredError(): TallyError {
  return new TallyError('internal-error', 'this line got no answer');
}

/** @throws TallyError `unsupported-media-type` */
function openBody(request: Request): Readable {
  const { 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers;
  if (length === '0' && request.headers['transfer-encoding'] === undefined) return request;
  if (!request.is([...NDJSON_MEDIA_TYPES])) {
    throw new TallyError(
      'unsupported-media-type',
      `a stream of change sets is ${NDJSON_MEDIA_TYPES[0]}: say so in Content-Type`,
    );
  }
  switch (encoding.toLowerCase()) {
    case 'identity':
      return request;
    case 'gzip': {
      const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
      request.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
      // What is not gzip after all is not read on, but it has to go somewhere.
      gunzip.on('close', () => request.unpipe(gunzip).resume());
      return gunzip;
    }
    default:
      throw new TallyError('unsupported-media-type', `a stream is plain or gzip, not ${encoding}`);
  }
}
