/** Shapes of request bodies and queries: change sets and pages. */
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { type Change, type ChangeSet, MAX_AMOUNT, MAX_CHANGES, MAX_VALUE } from '../../counters/counters.js';
import { ArrayOfShape } from '../../validation/validation.pipe.js';
import { IsIntInRange, IntegerString } from '../../validation/integer.decorator.js';
import type { LedgerSearch } from '../../store/ledger-search.js';
import { omitUndefined } from './omit-undefined.js';
import { IsName, IsText } from './text.decorators.js';
import { CHANGE_KEY_PATTERN, IDEMPOTENCY_KEY_RULE } from './idempotency-key.decorator.js';

/** Longest reason of a change set, UTF-16 code units. */
export const MAX_REASON_LENGTH = 500;
const MAX_PAGE_SIZE = 1_000;
/** Entries or names of a page without `limit`. */
const DEFAULT_PAGE_SIZE = 100;
/** The entry that a page of the ledger begins with. */
const LEDGER_ORDERS = ['oldest', 'newest'] as const;
/** Longest name of an actor to look for, UTF-16 code units. */
export const MAX_ACTOR_LENGTH = 1_000;

export class AmountDto {
  /** An integer, 1 to 2^53 - 1. */
  @IsIntInRange(1, MAX_AMOUNT)
  readonly amount: number = 1;
}

/** One change of one counter: `by` or `to`, never both. */
export class ChangeDto {
  @IsName()
  readonly counter!: string;

  /** Amount to add; negative: to remove. An integer up to 2^53 - 1 either way, not 0. */
  @IsChangeAmount()
  readonly by?: number;

  /** New value of the counter, at least its lowest one. An integer up to 2^53 - 1 either way. */
  @IsIntInRange(-MAX_VALUE, MAX_VALUE)
  @ValidateIf(({ to }: ChangeDto) => to !== undefined)
  readonly to?: number;

  toChange(): Change {
    const { counter, by, to } = this;
    return to === undefined ? { counter, by: by ?? 0 } : { counter, to };
  }
}

/** Changes to apply, or a revision to undo, never both. */
export class ChangesDto {
  /** 1 to 1,000 changes, applied in order, all or none. */
  @ArrayMaxSize(MAX_CHANGES, { message: `must contain at most ${MAX_CHANGES} changes` })
  @ArrayMinSize(1, { message: 'must contain at least one change' })
  @IsArray({ message: 'must be an array of changes' })
  @ArrayOfShape(ChangeDto)
  @ValidateIf(({ changes, undoes }: ChangesDto) => changes !== undefined || undoes === undefined)
  readonly changes?: ChangeDto[];

  /** Revision whose ledger entry is taken back. */
  @IsIntInRange(1, MAX_VALUE)
  @IsAloneWithout('changes')
  @ValidateIf(({ undoes }: ChangesDto) => undoes !== undefined)
  readonly undoes?: number;

  /** Reason for the ledger, 1 to 500 characters. */
  @IsText(MAX_REASON_LENGTH)
  @IsOptional()
  readonly reason?: string;

  toChangeSet(dashboard: string, key: string | undefined): ChangeSet {
    const { changes = [], undoes, reason } = this;
    return {
      dashboard,
      changes: changes.map((change) => change.toChange()),
      ...omitUndefined({ undoes, key, reason }),
    };
  }
}

export class ChangeSetDto extends ChangesDto {
  @IsName()
  readonly dashboard!: string;

  /** Idempotency key: 1 to 255 visible ASCII characters; then a space and a number, if it is that of a line. */
  @Matches(CHANGE_KEY_PATTERN, { message: IDEMPOTENCY_KEY_RULE })
  @IsOptional()
  readonly key?: string;
}

export class DashboardsQuery {
  /** Page size, 1 to 1,000. */
  @IntegerString(1, MAX_PAGE_SIZE)
  readonly limit: number = DEFAULT_PAGE_SIZE;

  /** Name of the last dashboard of the previous page. */
  @IsString({ message: 'must be one dashboard name' })
  @IsOptional()
  readonly after?: string;
}

export class LedgerQuery {
  /** Page size, 1 to 1,000. Default: 100 for JSON, none for CSV. */
  @IntegerString(1, MAX_PAGE_SIZE)
  @IsOptional()
  readonly limit?: number;

  /** Entries after this revision. Oldest first: `next` of the previous page. */
  @IntegerString(0, Number.MAX_SAFE_INTEGER)
  readonly after: number = 0;

  /** Entries before this revision. Newest first: `next` of the previous page. */
  @IntegerString(1, Number.MAX_SAFE_INTEGER)
  @IsOptional()
  readonly before?: number;

  @IsIn(LEDGER_ORDERS, { message: `must be one of ${LEDGER_ORDERS.join(', ')}` })
  readonly order: (typeof LEDGER_ORDERS)[number] = 'oldest';

  /** Entries of this actor. */
  @IsText(MAX_ACTOR_LENGTH)
  @IsOptional()
  readonly who?: string;

  /** @param defaultLimit entries without `limit` */
  toSearch(counters: ReadonlySet<string> | undefined, defaultLimit = DEFAULT_PAGE_SIZE): LedgerSearch {
    const { after, before, limit = defaultLimit, order, who } = this;
    return { after, limit, newestFirst: order === 'newest', ...omitUndefined({ before, counters, who }) };
  }

  /** Returns the query of the next page. @param next revision of the last entry that was examined */
  formatNext(next: number, counters: ReadonlySet<string> | undefined): string {
    const { after, before, limit = DEFAULT_PAGE_SIZE, order, who } = this;
    const range = order === 'newest' ? { order, before: next, ...(after > 0 && { after }) } : { after: next, before };
    const filters = { counter: counters && [...counters].join(), who };
    const members = Object.entries({ ...range, limit, ...filters }).filter(([, value]) => value !== undefined);
    return members.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
  }
}

/** Forbids a member beside another one. */
function IsAloneWithout(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isAloneWithout',
    constraints: [other],
    validator: {
      validate: (_value, args) => (args?.object as Record<string, unknown> | undefined)?.[other] === undefined,
      defaultMessage: () => `cannot be combined with ${other}`,
    },
  });
}

/** Validates `by`: required without `to`, forbidden with it; an integer that is not 0. */
function IsChangeAmount(): PropertyDecorator {
  const findFault = (by: unknown, to: unknown): string | undefined => {
    if (to !== undefined && to !== null) return by === undefined ? undefined : 'cannot be combined with to';
    if (by === undefined) return 'is required if to is absent';
    const isValid = Number.isInteger(by) && by !== 0 && Math.abs(Number(by)) <= MAX_AMOUNT;
    return isValid ? undefined : `must be an integer from -${MAX_AMOUNT} to ${MAX_AMOUNT}, not 0`;
  };
  const getTo = (args: ValidationArguments | undefined): unknown => (args?.object as ChangeDto | undefined)?.to;
  return ValidateBy({
    name: 'isChangeAmount',
    validator: {
      validate: (by, args) => findFault(by, getTo(args)) === undefined,
      defaultMessage: (args) => findFault(args?.value, getTo(args)) ?? '',
    },
  });
}
