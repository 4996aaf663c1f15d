/** Shape of a definition in a request body. `checkDefinition` then compares its parts with each other. */
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInstance,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  ValidateIf,
} from 'class-validator';
import { MAX_VALUE, NAME_PATTERN } from '../../counters/counters.js';
import {
  type CounterDefinition,
  type DashboardSettings,
  type Layout,
  type Level,
  MAX_GROUPS,
  MAX_MEASURES,
  MAX_SCALE,
  MAX_TERMS,
  MAX_THRESHOLDS,
  MAX_TILES,
  MAX_TITLE_LENGTH,
  MAX_UNIT_LENGTH,
  MAX_ZONE_LENGTH,
  type MeasureDefinition,
  type Period,
  PERIODS,
  type Presentation,
  type Tile,
  type Weekday,
  WEEKDAYS,
} from '../../counters/definition.js';
import type { DashboardDefinition } from '../../store/store.js';
import { IsIntInRange } from '../../validation/integer.decorator.js';
import {
  ArrayOfShape,
  createShapeError,
  MapOfShape,
  ObjectOfShape,
  toJsonPointer,
} from '../../validation/validation.pipe.js';
import { omitUndefined } from './omit-undefined.js';
import { combineRules, IsName, IsText, NAME_MESSAGE } from './text.decorators.js';

export function IsWord(words: readonly string[]): PropertyDecorator {
  return IsIn(words, { message: `must be one of ${words.join(', ')}` });
}

export function IsDecimal(): PropertyDecorator {
  return IsNumber({ allowInfinity: false, allowNaN: false }, { message: 'must be a number' });
}

export class TargetDto {
  /** Number to reach, not 0, nor below the lowest value: of the smallest unit for counters, decimals for measures. */
  @IsDecimal()
  readonly value!: number;

  /** Period in which it is to be reached; without one, a level to reach. */
  @IsWord(PERIODS)
  @IsOptional()
  readonly per?: Period;
}

export class ThresholdDto {
  /** Number from which on the level holds: of the smallest unit for counters, decimals for measures. */
  @IsDecimal()
  readonly at!: number;

  @IsWord(['good', 'warn', 'bad'])
  readonly level!: Level;
}

class PresentationDto {
  /** Display name, 1 to 200 characters. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** Text behind the number, 1 to 40 characters, for example `kg`. */
  @IsText(MAX_UNIT_LENGTH)
  @IsOptional()
  readonly unit?: string;

  /** ISO 4217 code, for example `EUR`. */
  @Matches(/^[A-Z]{3}$/, { message: 'must be a currency code of ISO 4217, such as EUR' })
  @IsOptional()
  readonly currency?: string;

  /** Digits behind the decimal point, 0 to 9. */
  @IsIntInRange(0, MAX_SCALE)
  @IsOptional()
  readonly scale?: number;

  /** The number shown large: `total`, or that of a period. */
  @IsWord(['total', ...PERIODS])
  @IsOptional()
  readonly headline?: 'total' | Period;

  /** The better direction. */
  @IsWord(['up', 'down'])
  @IsOptional()
  readonly goodWhen?: 'up' | 'down';

  @IsOptional()
  @ObjectOfShape(TargetDto)
  readonly target?: TargetDto;

  /** At most 3, ascending. */
  @ArrayMaxSize(MAX_THRESHOLDS, { message: `must have at most ${MAX_THRESHOLDS} thresholds` })
  @IsArray({ message: 'must be an array of thresholds' })
  @IsOptional()
  @ArrayOfShape(ThresholdDto)
  readonly thresholds?: ThresholdDto[];

  protected toPresentation(): Presentation {
    const { title, unit, currency, scale, headline, goodWhen, target, thresholds } = this;
    return omitUndefined({
      title,
      unit,
      currency,
      scale,
      headline,
      goodWhen,
      target: target && { value: target.value, ...omitUndefined({ per: target.per }) },
      thresholds: thresholds?.map(({ at, level }) => ({ at, level })),
    });
  }
}

export class CounterDefinitionDto extends PresentationDto {
  /** Name of one counted item, 1 to 40 characters, for example `order`. */
  @IsText(MAX_UNIT_LENGTH)
  @IsOptional()
  readonly singular?: string;

  /** Lowest value: an integer up to 2^53 - 1 either way, or null for none. */
  @IsIntInRange(-MAX_VALUE, MAX_VALUE)
  @ValidateIf(({ min }: CounterDefinitionDto) => min !== undefined && min !== null)
  readonly min?: number | null;

  @IsWord(['counter', 'gauge'])
  @IsOptional()
  readonly kind?: 'counter' | 'gauge';

  /** Period that the headline is compared with. */
  @IsWord(['previous', 'week', 'year'])
  @IsOptional()
  readonly compareWith?: 'previous' | 'week' | 'year';

  toDefinition(): CounterDefinition {
    const { singular, min, kind, compareWith } = this;
    return {
      ...this.toPresentation(),
      ...omitUndefined({ singular, kind, compareWith }),
      ...(min !== undefined && { min }),
    };
  }
}

export class MeasureDefinitionDto extends PresentationDto {
  /** Names of two counters: dividend and divisor. */
  @ArrayMaxSize(2, { message: 'must name two counters: the dividend and the divisor' })
  @ArrayMinSize(2, { message: 'must name two counters: the dividend and the divisor' })
  @IsArray({ message: 'must be an array of two counter names' })
  @Matches(NAME_PATTERN, { each: true, message: 'must have names of counters' })
  @ValidateIf(({ ratio, sum }: MeasureDefinitionDto) => ratio !== undefined || sum === undefined)
  readonly ratio?: [string, string];

  /** 1 to 32 names of counters; a leading `-` subtracts. Not with `ratio`. */
  @ArrayMaxSize(MAX_TERMS, { message: `must have 1 to ${MAX_TERMS} terms` })
  @ArrayMinSize(1, { message: `must have 1 to ${MAX_TERMS} terms` })
  @IsArray({ message: 'must be an array of counter names' })
  @Matches(/^-?[a-z][a-z0-9_-]{0,63}$/, { each: true, message: 'must have names of counters, with or without a "-"' })
  @IsOptional()
  readonly sum?: string[];

  /** Multiplies a ratio by 100. */
  @IsBoolean({ message: 'must be true or false' })
  @IsOptional()
  readonly percent?: boolean;

  /** @throws TallyError `invalid-request` for both `ratio` and `sum` @param path of the measure, for the pointer */
  toDefinition(path: readonly string[]): MeasureDefinition {
    const { ratio, sum, percent } = this;
    if (ratio === undefined && percent !== undefined) {
      const pointer = toJsonPointer([...path, 'percent']);
      throw createShapeError('the request body', [{ pointer, detail: 'is only for ratios: leave it out' }]);
    }
    if (ratio === undefined) return { ...this.toPresentation(), sum: sum ?? [] };
    if (sum !== undefined) {
      const pointer = toJsonPointer([...path, 'sum']);
      throw createShapeError('the request body', [{ pointer, detail: 'cannot be combined with ratio' }]);
    }
    return { ...this.toPresentation(), ratio, ...omitUndefined({ percent }) };
  }
}

export class TileDto {
  /** Name of a counter or a measure. */
  @IsName()
  readonly show!: string;

  @IsWord(['small', 'medium', 'large'])
  @IsOptional()
  readonly size?: 'small' | 'medium' | 'large';

  /** Not shown on the board. The counter can be read all the same. */
  @Equals(true, { message: 'must be true, or be left out' })
  @IsOptional()
  readonly hidden?: true;
}

export class GroupDto {
  /** 1 to 200 characters. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  @ArrayMaxSize(MAX_TILES, { message: `must have at most ${MAX_TILES} tiles` })
  @IsArray({ message: 'must be an array of tiles' })
  @ArrayOfShape(TileDto)
  readonly tiles!: TileDto[];
}

export class LayoutDto {
  @ArrayMaxSize(MAX_GROUPS, { message: `must have at most ${MAX_GROUPS} groups` })
  @IsArray({ message: 'must be an array of groups' })
  @ArrayOfShape(GroupDto)
  readonly groups!: GroupDto[];

  toLayout(): Layout {
    const toTile = ({ show, size, hidden }: TileDto): Tile => ({ show, ...omitUndefined({ size, hidden }) });
    return {
      groups: this.groups.map(({ title, tiles }) => ({ ...omitUndefined({ title }), tiles: tiles.map(toTile) })),
    };
  }
}

function IsTimeOfDay(): PropertyDecorator {
  return Matches(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { message: 'must be a time of day, 00:00 to 23:59' });
}

function IsMap(what: string): PropertyDecorator {
  return combineRules(IsInstance(Map, { message: `must be an object that maps ${what} names to definitions` }));
}

export class DashboardDefinitionDto {
  /** Display name, 1 to 200 characters. Absent: the dashboard has no title. */
  @IsText(MAX_TITLE_LENGTH)
  @IsOptional()
  readonly title?: string;

  /** Name of a time zone, for example `Europe/Berlin`. Absent: that of `TIME_ZONE`. */
  @IsString({ message: 'must be the name of a time zone, such as Europe/Berlin' })
  @Matches(new RegExp(`^.{1,${MAX_ZONE_LENGTH}}$`), {
    message: 'must be the name of a time zone, such as Europe/Berlin',
  })
  @IsOptional()
  readonly timeZone?: string;

  /** Local time at which a day begins, `HH:MM`. Absent: `00:00`. */
  @IsTimeOfDay()
  @IsOptional()
  readonly dayStartsAt?: string;

  /** First day of a week. Absent: `monday`. */
  @IsWord(WEEKDAYS)
  @IsOptional()
  readonly weekStartsOn?: Weekday;

  /** Counters by name. Existing counters that are not listed stay unchanged. */
  @IsMap('counter')
  @IsOptional()
  @MapOfShape(CounterDefinitionDto)
  readonly counters?: Map<string, CounterDefinitionDto>;

  /** Measures by name, at most 100. They replace those of before. */
  @IsMap('measure')
  @IsOptional()
  @MapOfShape(MeasureDefinitionDto)
  readonly measures?: Map<string, MeasureDefinitionDto>;

  /** Groups of tiles. Anything that is not named follows in the order of declaration. */
  @IsOptional()
  @ObjectOfShape(LayoutDto)
  readonly layout?: LayoutDto;

  /** @throws TallyError `invalid-request` for an invalid name of a counter or a measure */
  toDefinition(): DashboardDefinition {
    const { title, timeZone, dayStartsAt, weekStartsOn } = this;
    // JSON may have null in place of an absent member.
    const counters = this.counters ?? new Map<string, never>();
    const measures = this.measures ?? new Map<string, never>();
    assertNames('counters', counters.keys());
    assertNames('measures', measures.keys());
    if (measures.size > MAX_MEASURES) {
      const detail = `must have at most ${MAX_MEASURES} measures`;
      throw createShapeError('the request body', [{ pointer: '/measures', detail }]);
    }
    const settings: DashboardSettings = omitUndefined({
      title,
      timeZone,
      dayStartsAt,
      weekStartsOn,
      measures:
        measures.size > 0 ? mapValues(measures, (dto, name) => dto.toDefinition(['measures', name])) : undefined,
      layout: this.layout?.toLayout(),
    });
    return { ...settings, counters: mapValues(counters, (dto) => dto.toDefinition()) };
  }
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, convert: (value: From, name: string) => To) {
  return Object.fromEntries([...map].map(([name, value]) => [name, convert(value, name)]));
}

function assertNames(member: string, names: Iterable<string>): void {
  const invalidNames = [...names].filter((name) => !NAME_PATTERN.test(name));
  if (invalidNames.length === 0) return;
  const errors = invalidNames.map((name) => ({ pointer: toJsonPointer([member, name]), detail: NAME_MESSAGE }));
  throw createShapeError('the request body', errors);
}
