/** Language tags that readers or their environment name. */

/** Longest tag that is taken: none in use comes near (RFC 5646, 4.4.1, expects 35 characters to do). */
const MAX_LOCALE_LENGTH = 64;
const FALLBACK_LOCALE = 'en';

/** Returns true for a well-formed tag, whether its language is available or not. */
export function isLocale(tag: string): boolean {
  if (tag.length > MAX_LOCALE_LENGTH) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/**
 * Returns the tag if numbers can be written in its language, else English. `Intl` would take the language of the
 * environment then.
 */
export function chooseLocale(tag: string): string {
  return Intl.NumberFormat.supportedLocalesOf(tag)[0] ?? FALLBACK_LOCALE;
}

/**
 * Returns the locale for numbers in the environment of a command (POSIX, 8.2): that of `LC_ALL`, else `LC_NUMERIC`,
 * else `LANG`. An empty variable counts as unset; `C`, `POSIX` and what is no language are English.
 */
export function readEnvironmentLocale(env: Readonly<Record<string, string | undefined>>): string {
  const value = env['LC_ALL'] || env['LC_NUMERIC'] || env['LANG'] || '';
  // de_DE.UTF-8@euro: the codeset and the modifier say nothing about numbers.
  const tag = value.replace(/[.@].*$/s, '').replaceAll('_', '-');
  return isLocale(tag) ? chooseLocale(tag) : FALLBACK_LOCALE;
}
