/** The parameters of a badge: what it says beside the number, and how it looks. */
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { MAX_TITLE_LENGTH } from './dashboard.dto.js';

/** The ways in which badge-maker draws. */
const BADGE_STYLES = ['flat', 'flat-square', 'plastic', 'for-the-badge', 'social'] as const;
/** The colours that badge-maker has names for. */
const COLOR_NAMES =
  'brightgreen green yellowgreen yellow orange red blue grey gray lightgrey lightgray success important critical informational inactive';
/** A name, or three or six hexadecimal digits: `#` would have to be escaped in an address. */
const COLOR_PATTERN = new RegExp(`^(${COLOR_NAMES.replaceAll(' ', '|')}|#?([0-9a-fA-F]{3}){1,2})$`);

const LABEL_MESSAGE = `must be text of at most ${MAX_TITLE_LENGTH} characters, given once`;

export class BadgeQuery {
  /** Stands before the number. Absent: title or name of the counter. Empty: nothing does. */
  @Length(0, MAX_TITLE_LENGTH, { message: LABEL_MESSAGE })
  @IsString({ message: LABEL_MESSAGE })
  @IsOptional()
  readonly label?: string;

  /** Colour behind the number. */
  @Matches(COLOR_PATTERN, {
    message: `must be 3 or 6 hexadecimal digits, or one of ${COLOR_NAMES.replaceAll(' ', ', ')}`,
  })
  readonly color: string = 'blue';

  @IsIn(BADGE_STYLES, { message: `must be one of ${BADGE_STYLES.join(', ')}` })
  readonly style: (typeof BADGE_STYLES)[number] = 'flat';
}
