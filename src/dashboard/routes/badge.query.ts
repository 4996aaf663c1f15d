/** The query parameters of a badge. */
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { MAX_TITLE_LENGTH, type Period, PERIODS } from '../../counters/definition.js';
import { IsLocaleTag } from './text.decorators.js';

export const BADGE_STYLES = ['flat', 'flat-square', 'plastic', 'for-the-badge', 'social'] as const;
const COLOR_NAMES =
  'brightgreen green yellowgreen yellow orange red blue grey gray lightgrey lightgray success important critical informational inactive';
/** A colour name, or 3 or 6 hexadecimal digits; `#` is optional because URLs would have to escape it. */
const COLOR_PATTERN = new RegExp(`^(${COLOR_NAMES.replaceAll(' ', '|')}|#?([0-9a-fA-F]{3}){1,2})$`);

const LABEL_MESSAGE = `must be one string of at most ${MAX_TITLE_LENGTH} characters`;

export class BadgeQuery {
  /** Text before the number. Absent: title or name of the counter. Empty: no text. */
  @Length(0, MAX_TITLE_LENGTH, { message: LABEL_MESSAGE })
  @IsString({ message: LABEL_MESSAGE })
  @IsOptional()
  readonly label?: string;

  @Matches(COLOR_PATTERN, {
    message: `must be 3 or 6 hexadecimal digits, or one of ${COLOR_NAMES.replaceAll(' ', ', ')}`,
  })
  readonly color: string = 'blue';

  @IsIn(BADGE_STYLES, { message: `must be one of ${BADGE_STYLES.join(', ')}` })
  readonly style: (typeof BADGE_STYLES)[number] = 'flat';

  /** Shows the number of this present period. Absent: the value. */
  @IsIn(PERIODS, { message: `must be one of ${PERIODS.join(', ')}` })
  @IsOptional()
  readonly period?: Period;

  /** Language of the number. A language that is not available is replaced by English. */
  @IsLocaleTag()
  readonly locale: string = 'en';
}
