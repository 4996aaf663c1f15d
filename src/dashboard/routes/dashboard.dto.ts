/** The shapes of what comes in: definitions, change sets, and the parameters of lists. */
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

/** Longest title of a dashboard or counter, and longest reason, in UTF-16 code units. */
export const MAX_TITLE_LENGTH = 200;
/** Longest unit of a counter. */
const MAX_UNIT_LENGTH = 40;
/** Longest reason of a change set. */
export const MAX_REASON_LENGTH = 500;
/** Longest page of a list. */
const MAX_PAGE_SIZE = 1_000;

const NAME_MESSAGE = `must be a name: ${NAME_PATTERN.source}`;

function IsName(): PropertyDecorator {
  return Matches(NAME_PATTERN, { message: NAME_MESSAGE });
}

function IsText(max: number): PropertyDecorator {
  const message = `must be text of 1 to ${max} characters`;
  const wellFormedMessage = 'must be text without NUL and without halves of surrogate pairs';
  return (target, name) => {
    Matches(TEXT_PATTERN, { message: wellFormedMessage })(target, name);
    for (const decorate of [IsString({ message }), Length(1, max, { message })]) decorate(target, name);
  };
}

/** How a counter is declared. */
export class CounterDefinitionDto {
  /** For people, 1 to 200 characters. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** One of what is counted, 1 to 40 characters, for example `order`. */
  @IsText(MAX_UNIT_LENGTH)
  @IsOptional()
  readonly unit?: string;
}

/** What a dashboard is declared as. */
export class DashboardDefinitionDto {
  /** For people, 1 to 200 characters. Absent: the dashboard has no title. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** Counters by name. Those that exist and are not named here stay as they are. */
  @IsInstance(Map, { message: 'must be an object of counters by name' })
  @MapOfShape(CounterDefinitionDto)
  readonly counters!: Map<string, CounterDefinitionDto>;

  /** @throws TallyError `invalid-request` for a counter whose name is none */
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

/** How much to add or remove. */
export class AmountDto {
  /** A whole number, 1 to 10^9. */
  @IsIntInRange(1, MAX_AMOUNT)
  readonly amount: number = 1;
}

/** One step of one counter: `by` or `to`, never both. */
export class ChangeDto {
  /** Name of the counter. */
  @IsName()
  readonly counter!: string;

  /** Adds, or removes when below 0: a whole number, -10^9 to 10^9, not 0. */
  @IsChangeAmount()
  readonly by?: number;

  /** Recounts to this: a whole number, 0 to 2^53 - 1. */
  @IsIntInRange(0, MAX_VALUE)
  @ValidateIf(({ to }: ChangeDto) => to !== undefined)
  readonly to?: number;

  toChange(): Change {
    const { counter, by, to } = this;
    return to === undefined ? { counter, by: by ?? 0 } : { counter, to };
  }
}

/** The changes of a change set, and why. */
export class ChangesDto {
  /** 1 to 1,000 changes, applied in order, all or none. */
  @ArrayMaxSize(MAX_CHANGES, { message: `must hold at most ${MAX_CHANGES} changes` })
  @ArrayMinSize(1, { message: 'must hold at least one change' })
  @IsArray({ message: 'must be an array of changes' })
  @ArrayOfShape(ChangeDto)
  readonly changes!: ChangeDto[];

  /** For the ledger, 1 to 500 characters. */
  @IsText(MAX_REASON_LENGTH)
  @IsOptional()
  readonly reason?: string;

  /** The change set for a dashboard. */
  toChangeSet(dashboard: string, key: string | undefined): ChangeSet {
    const changes = this.changes.map((change) => change.toChange());
    return { dashboard, changes, ...omitUndefined({ key, reason: this.reason }) };
  }
}

/** One line of a stream of change sets. */
export class ChangeSetDto extends ChangesDto {
  /** Name of the dashboard. */
  @IsName()
  readonly dashboard!: string;

  /** Idempotency key: 1 to 255 visible ASCII characters. */
  @Matches(IDEMPOTENCY_KEY_PATTERN, { message: IDEMPOTENCY_KEY_RULE })
  @IsOptional()
  readonly key?: string;
}

/** A page of the list of dashboards. */
export class DashboardsQuery {
  /** Most dashboards of the page, 1 to 1,000. */
  @IntegerString(1, MAX_PAGE_SIZE)
  readonly limit: number = 100;

  /** Name of the last dashboard of the page before. */
  @IsString({ message: 'must be the name of a dashboard, given once' })
  @IsOptional()
  readonly after?: string;
}

/** A page of the ledger. */
export class LedgerQuery {
  /** Most entries of the page, 1 to 1,000. */
  @IntegerString(1, MAX_PAGE_SIZE)
  readonly limit: number = 100;

  /** Revision of the last entry of the page before. */
  @IntegerString(0, Number.MAX_SAFE_INTEGER)
  readonly after: number = 0;
}

/** `by` where there is no `to`: a whole number that is not 0. */
function IsChangeAmount(): PropertyDecorator {
  const findFault = (by: unknown, getTo: unknown): string | undefined => {
    if (getTo !== undefined && getTo !== null)
      return by === undefined ? undefined : 'cannot stand beside to: give one of them';
    if (by === undefined) return 'must be there, or to';
    const isValid = Number.isInteger(by) && by !== 0 && Math.abs(Number(by)) <= MAX_AMOUNT;
    return isValid ? undefined : `must be a whole number from -${MAX_AMOUNT} to ${MAX_AMOUNT}, and not 0`;
  };
  const to = (args: ValidationArguments | undefined): unknown => (args?.object as ChangeDto | undefined)?.to;
  return ValidateBy({
    name: 'oneStep',
    validator: {
      validate: (by, args) => findFault(by, to(args)) === undefined,
      defaultMessage: (args) => findFault(args?.value, to(args)) ?? '',
    },
  });
}

/** The properties that have a value. */
function omitUndefined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  ) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
