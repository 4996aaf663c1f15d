/** Parameters of the ledger as a stream. They mean the same as for a page of the ledger. */
import { IsOptional } from 'class-validator';
import { IntegerString } from '../../validation/integer.decorator.js';
import { parseQuery } from '../../validation/validation.pipe.js';
import { assertKnownParameters } from '../../validation/known-parameters.js';
import { listRouteParameters } from '../../http/api-docs.decorator.js';
import { ChangedCountersQuery, parseChangedCounters } from '../routes/counters.query.js';
import { MAX_ACTOR_LENGTH } from '../routes/dashboard.dto.js';
import { omitUndefined } from '../routes/omit-undefined.js';
import { IsText } from '../routes/text.decorators.js';
import type { LedgerFilter } from './ledger-chunks.js';
import { type NamedPlace, parseEventId } from './ledger-place.js';

class LedgerStreamQuery extends ChangedCountersQuery {
  @IntegerString(0, Number.MAX_SAFE_INTEGER)
  @IsOptional()
  readonly after?: number;

  @IsText(MAX_ACTOR_LENGTH)
  @IsOptional()
  readonly who?: string;
}

const PARAMETERS = listRouteParameters({ query: [LedgerStreamQuery], acceptsTicket: true });

/** A request of a client. */
export interface LedgerStreamRequest {
  /** Undefined: begin with the oldest entry. */
  readonly place: NamedPlace | undefined;
  readonly filter: LedgerFilter;
}

/**
 * @param query as the query parser returns it
 * @param lastEventId header `Last-Event-ID`, which wins over `after`. Empty: none
 * @throws TallyError `unknown-parameter`, `invalid-request`
 */
export function parseLedgerStreamRequest(query: object, lastEventId: string | undefined): LedgerStreamRequest {
  assertKnownParameters(Object.keys(query), PARAMETERS);
  const { after, who, ...changed } = parseQuery(LedgerStreamQuery, query);
  const named = after === undefined ? undefined : { revision: after };
  const filter = omitUndefined({ counters: parseChangedCounters(changed), who });
  return { place: lastEventId ? parseEventId(lastEventId) : named, filter };
}
