/** Shapes of request bodies and queries: definitions, change sets and pages. */
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInstance,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import {
  type Change,
  type ChangeSet,
  MAX_AMOUNT,
  MAX_CHANGES,
  MAX_VALUE,
  NAME_PATTERN,
  TEXT_PATTERN,
} from '../../counters/counters.js';
import type { DashboardDefinition } from '../../store/store.js';
import { ArrayOfShape, MapOfShape, toJsonPointer, createShapeError } from '../../validation/validation.pipe.js';
import { IsIntInRange, IntegerString } from '../../validation/integer.decorator.js';
import { IDEMPOTENCY_KEY_PATTERN, IDEMPOTENCY_KEY_RULE } from './idempotency-key.decorator.js';

/** Longest title of a dashboard or counter, UTF-16 code units. */
export const MAX_TITLE_LENGTH = 200;
/** Longest unit of a counter, UTF-16 code units. */
const MAX_UNIT_LENGTH = 40;
/** Longest reason of a change set, UTF-16 code units. */
export const MAX_REASON_LENGTH = 500;
const MAX_PAGE_SIZE = 1_000;

const NAME_MESSAGE = `must match ${NAME_PATTERN.source}`;

function IsName(): PropertyDecorator {
  return Matches(NAME_PATTERN, { message: NAME_MESSAGE });
}

function IsText(max: number): PropertyDecorator {
  const message = `must be a string of 1 to ${max} characters`;
  const wellFormedMessage = 'must not contain NUL or unpaired surrogates';
  return (target, name) => {
    Matches(TEXT_PATTERN, { message: wellFormedMessage })(target, name);
    for (const decorate of [IsString({ message }), Length(1, max, { message })]) decorate(target, name);
  };
}

export class CounterDefinitionDto {
  /** Display name, 1 to 200 characters. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** Name of one counted item, 1 to 40 characters, for example `order`. */
  @IsText(MAX_UNIT_LENGTH)
  @IsOptional()
  readonly unit?: string;
}

export class DashboardDefinitionDto {
  /** Display name, 1 to 200 characters. Absent: the dashboard has no title. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** Counters by name. Existing counters that are not listed stay unchanged. */
  @IsInstance(Map, { message: 'must be an object that maps counter names to definitions' })
  @MapOfShape(CounterDefinitionDto)
  readonly counters!: Map<string, CounterDefinitionDto>;

  /** @throws TallyError `invalid-request` for an invalid counter name */
  toDefinition(): DashboardDefinition {
    const invalidNames = [...this.counters.keys()].filter((name) => !NAME_PATTERN.test(name));
    if (invalidNames.length > 0) {
      const errors = invalidNames.map((name) => ({ pointer: toJsonPointer(['counters', name]), detail: NAME_MESSAGE }));
      throw createShapeError('the request body', errors);
    }
    const counters = [...this.counters].map(
      ([name, { title, unit }]) => [name, omitUndefined({ title, unit })] as const,
    );
    return { ...omitUndefined({ title: this.title }), counters: Object.fromEntries(counters) };
  }
}

export class AmountDto {
  /** An integer, 1 to 10^9. */
  @IsIntInRange(1, MAX_AMOUNT)
  readonly amount: number = 1;
}

/** One change of one counter: `by` or `to`, never both. */
export class ChangeDto {
  @IsName()
  readonly counter!: string;

  /** Amount to add; negative: to remove. An integer, -10^9 to 10^9, not 0. */
  @IsChangeAmount()
  readonly by?: number;

  /** New value of the counter. An integer, 0 to 2^53 - 1. */
  @IsIntInRange(0, MAX_VALUE)
  @ValidateIf(({ to }: ChangeDto) => to !== undefined)
  readonly to?: number;

  toChange(): Change {
    const { counter, by, to } = this;
    return to === undefined ? { counter, by: by ?? 0 } : { counter, to };
  }
}

export class ChangesDto {
  /** 1 to 1,000 changes, applied in order, all or none. */
  @ArrayMaxSize(MAX_CHANGES, { message: `must contain at most ${MAX_CHANGES} changes` })
  @ArrayMinSize(1, { message: 'must contain at least one change' })
  @IsArray({ message: 'must be an array of changes' })
  @ArrayOfShape(ChangeDto)
  readonly changes!: ChangeDto[];

  /** Reason for the ledger, 1 to 500 characters. */
  @IsText(MAX_REASON_LENGTH)
  @IsOptional()
  readonly reason?: string;

  toChangeSet(dashboard: string, key: string | undefined): ChangeSet {
    const changes = this.changes.map((change) => change.toChange());
    return { dashboard, changes, ...omitUndefined({ key, reason: this.reason }) };
  }
}

export class ChangeSetDto extends ChangesDto {
  @IsName()
  readonly dashboard!: string;

  /** Idempotency key: 1 to 255 visible ASCII characters. */
  @Matches(IDEMPOTENCY_KEY_PATTERN, { message: IDEMPOTENCY_KEY_RULE })
  @IsOptional()
  readonly key?: string;
}

export class DashboardsQuery {
  /** Page size, 1 to 1,000. */
  @IntegerString(1, MAX_PAGE_SIZE)
  readonly limit: number = 100;

  /** Name of the last dashboard of the previous page. */
  @IsString({ message: 'must be one dashboard name' })
  @IsOptional()
  readonly after?: string;
}

export class LedgerQuery {
  /** Page size, 1 to 1,000. */
  @IntegerString(1, MAX_PAGE_SIZE)
  readonly limit: number = 100;

  /** Revision of the last entry of the previous page. */
  @IntegerString(0, Number.MAX_SAFE_INTEGER)
  readonly after: number = 0;
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

/** Returns the properties that have a value. */
function omitUndefined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  ) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
