/** Language tags: which are valid, and which one the environment names. */
import { chooseLocale, isLocale, readEnvironmentLocale } from './locale.js';

it.each([
  ['de', true],
  ['en-GB', true],
  ['ar-EG-u-nu-latn', true],
  ['xx', true],
  ['', false],
  ['en_GB', false],
  ['no such language', false],
  ['de,en', false],
  [`en-x-${'a'.repeat(60)}`, false],
])('the tag %j is valid: %s', (tag, isValid) => {
  expect(isLocale(tag)).toBe(isValid);
});

it('a language that is not available is replaced by English', () => {
  expect(['de-AT', 'xx', 'tlh'].map(chooseLocale)).toEqual(['de-AT', 'en', 'en']);
});

it.each([
  [{ LC_ALL: 'de_DE.UTF-8', LC_NUMERIC: 'fr_FR', LANG: 'en_US' }, 'de-DE'],
  [{ LC_ALL: '', LC_NUMERIC: 'fr_FR.UTF-8@euro', LANG: 'en_US' }, 'fr-FR'],
  [{ LANG: 'pt_BR' }, 'pt-BR'],
  [{ LANG: 'ja' }, 'ja'],
  [{ LC_ALL: 'C', LANG: 'de_DE' }, 'en'],
  [{ LANG: 'C.UTF-8' }, 'en'],
  [{ LANG: 'POSIX' }, 'en'],
  [{ LANG: '/etc/locale' }, 'en'],
  [{}, 'en'],
])('the environment %j has the locale %s', (env, locale) => {
  expect(readEnvironmentLocale(env)).toBe(locale);
});
