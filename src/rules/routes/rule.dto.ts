/** Shape of a rule in a request body. `checkRuleAgainst` then compares it with the definition of the dashboard. */
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInstance, IsOptional, IsString, Matches } from 'class-validator';
import { type Period, PERIODS } from '../../counters/definition.js';
import type { FieldError } from '../../counters/errors.js';
import { IsDecimal, IsWord } from '../../dashboard/routes/definition.dto.js';
import { omitUndefined } from '../../dashboard/routes/omit-undefined.js';
import { IsName, IsText } from '../../dashboard/routes/text.decorators.js';
import { ArrayOfShape, createShapeError, ObjectOfShape } from '../../validation/validation.pipe.js';
import {
  DURATION_MESSAGE,
  DURATION_PATTERN,
  parseDuration,
  parseWindow,
  WINDOW_MESSAGE,
  WINDOW_PATTERN,
} from '../evaluation/silence.js';
import {
  MAX_NOTIFY,
  MAX_URL_LENGTH,
  NOTIFY_FORMATS,
  type NotifyFormat,
  type NotifyTarget,
  type RuleCondition,
  type RuleDefinition,
  SHORT_WEEKDAYS,
  type ShortWeekday,
} from '../rule.js';

/** `whsec_` and the base64 of 24 to 64 bytes, padded (Standard Webhooks, "Signature scheme"). */
const SECRET_PATTERN =
  /^whsec_(?:(?:[A-Za-z\d+/]{4}){8,20}(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?|(?:[A-Za-z\d+/]{4}){21}(?:[A-Za-z\d+/]{2}==)?)$/;

const TARGETS_MESSAGE = `must have 1 to ${MAX_NOTIFY} targets`;
const DAYS_MESSAGE = `must be an array of days, each at most once: ${SHORT_WEEKDAYS.join(', ')}`;

/** A condition: exactly one of `above`, `below` and `silentFor`. */
export class RuleConditionDto {
  /** Name of a counter or a measure. */
  @IsName()
  readonly of!: string;

  /** Period whose number counts. Only with `above` or `below`; without it, the value counts. */
  @IsWord(PERIODS)
  @IsOptional()
  readonly in?: Period;

  /** Holds while the number is greater: of the smallest unit for counters, decimals for measures. */
  @IsDecimal()
  @IsOptional()
  readonly above?: number;

  /** Holds while the number is less: of the smallest unit for counters, decimals for measures. */
  @IsDecimal()
  @IsOptional()
  readonly below?: number;

  /** Holds after so long without a change: an ISO 8601 duration, 1 minute to 31 days. */
  @Matches(DURATION_PATTERN, { message: DURATION_MESSAGE })
  @IsOptional()
  readonly silentFor?: string;

  /** Local times between which silence counts, `HH:MM-HH:MM`; may pass midnight. Only with `silentFor`. */
  @Matches(WINDOW_PATTERN, { message: WINDOW_MESSAGE })
  @IsOptional()
  readonly between?: string;

  /** Days on which the time of `between` begins, or whole days. Only with `silentFor`. */
  @ArrayMaxSize(SHORT_WEEKDAYS.length, { message: DAYS_MESSAGE })
  @ArrayMinSize(1, { message: 'must have at least one day, or be left out for every day' })
  @IsArray({ message: DAYS_MESSAGE })
  @IsIn(SHORT_WEEKDAYS, { each: true, message: DAYS_MESSAGE })
  @IsOptional()
  readonly on?: ShortWeekday[];

  toCondition(): RuleCondition {
    const { of, above, below, silentFor } = this;
    if (silentFor !== undefined && silentFor !== null)
      return { of, silentFor, ...omitUndefined({ between: this.between, on: this.on }) };
    const numberOf = { of, ...omitUndefined({ in: this.in }) };
    return above === undefined || above === null ? { ...numberOf, below: below ?? 0 } : { ...numberOf, above };
  }
}

export class NotifyTargetDto {
  /** Address, at most 2,048 characters. */
  @IsText(MAX_URL_LENGTH)
  @IsString({ message: `must be a string of 1 to ${MAX_URL_LENGTH} characters` })
  readonly url!: string;

  /** Format of the message: a CloudEvent, or a message of Slack. */
  @IsWord(NOTIFY_FORMATS)
  readonly format: NotifyFormat = 'cloudevents';

  /** Key of the signature: `whsec_` and the base64 of 24 to 64 bytes. Not with `slack`. Absent: one is made. */
  @Matches(SECRET_PATTERN, { message: 'must be whsec_ and the base64 of 24 to 64 bytes, or be left out' })
  @IsOptional()
  readonly secret?: string;

  toTarget(): NotifyTarget {
    const { url, format, secret } = this;
    return { url, format, ...omitUndefined({ secret }) };
  }
}

export class RuleDto {
  @IsInstance(RuleConditionDto, { message: 'must be an object with a condition' })
  @ObjectOfShape(RuleConditionDto)
  readonly when!: RuleConditionDto;

  /** Number at which a threshold clears: at most `above`, at least `below`. Absent: the threshold itself. */
  @IsDecimal()
  @IsOptional()
  readonly clearsAt?: number;

  /** 1 to 4 targets. */
  @ArrayMaxSize(MAX_NOTIFY, { message: TARGETS_MESSAGE })
  @ArrayMinSize(1, { message: TARGETS_MESSAGE })
  @IsArray({ message: 'must be an array of targets' })
  @ArrayOfShape(NotifyTargetDto)
  readonly notify!: NotifyTargetDto[];

  /** @throws TallyError `invalid-request` for members that contradict each other, and for values out of range */
  toDefinition(): RuleDefinition {
    const errors = [...findConditionFaults(this.when), ...findClearsAtFaults(this), ...findTargetFaults(this.notify)];
    if (errors.length > 0) throw createShapeError('the request body', errors);
    return {
      when: this.when.toCondition(),
      ...omitUndefined({ clearsAt: this.clearsAt }),
      notify: this.notify.map((target) => target.toTarget()),
    };
  }
}

/** True for a member that was given. JSON may have null in place of an absent one. */
function isGiven<T>(member: T | null | undefined): member is T {
  return member !== undefined && member !== null;
}

function findConditionFaults(when: RuleConditionDto): FieldError[] {
  const [kind, ...others] = (['above', 'below', 'silentFor'] as const).filter((name) => isGiven(when[name]));
  if (kind === undefined) return [{ pointer: '/when', detail: 'must have one of above, below and silentFor' }];
  const errors: FieldError[] = others.map((name) => ({
    pointer: `/when/${name}`,
    detail: `cannot be combined with ${kind}`,
  }));
  const refuse = (name: 'in' | 'between' | 'on', purpose: string): void => {
    if (isGiven(when[name])) errors.push({ pointer: `/when/${name}`, detail: `is only for ${purpose}: leave it out` });
  };
  const { silentFor, between, on } = when;
  if (!isGiven(silentFor)) {
    refuse('between', 'silentFor');
    refuse('on', 'silentFor');
    return errors;
  }
  refuse('in', 'above and below');
  errors.push(...findRangeFault('silentFor', () => parseDuration(silentFor)));
  if (isGiven(between)) errors.push(...findRangeFault('between', () => parseWindow(between)));
  if (isGiven(on) && new Set(on).size < on.length) errors.push({ pointer: '/when/on', detail: DAYS_MESSAGE });
  return errors;
}

function findRangeFault(name: string, parse: () => unknown): FieldError[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ pointer: `/when/${name}`, detail: error.message }];
  }
}

function findClearsAtFaults({ when: { above, below, silentFor }, clearsAt }: RuleDto): FieldError[] {
  const fault = (detail: string): FieldError[] => [{ pointer: '/clearsAt', detail }];
  if (!isGiven(clearsAt)) return [];
  if (isGiven(silentFor)) return fault('is only for above and below: leave it out, a touch ends the silence');
  if (isGiven(above) && clearsAt > above) return fault(`must be at most ${above}, the number of above`);
  if (isGiven(below) && clearsAt < below) return fault(`must be at least ${below}, the number of below`);
  return [];
}

function findTargetFaults(targets: readonly NotifyTargetDto[]): FieldError[] {
  return targets.flatMap(({ url, format, secret }, index): FieldError[] => {
    const at = (member: string, detail: string): FieldError => ({ pointer: `/notify/${index}/${member}`, detail });
    return [
      ...(URL.canParse(url) ? [] : [at('url', 'must be an absolute URL, such as https://example.com/hooks')]),
      ...(format === 'slack' && isGiven(secret)
        ? [at('secret', 'is not for slack: leave it out, the address is the secret')]
        : []),
    ];
  });
}
