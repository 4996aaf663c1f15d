/** Writes whole numbers of the smallest unit as decimal text. No number ever passes through a double. */

/**
 * Writes a number of smallest units as decimal text with exactly `scale` digits behind the point: 124805 at scale 2 is
 * `1248.05`, -5 is `-0.05`. Zero has no sign.
 * @param scale 0 to 9
 */
export function toDecimalText(units: number | bigint, scale: number): string {
  const digits = units.toString();
  if (scale === 0) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const padded = digits.slice(sign.length).padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
