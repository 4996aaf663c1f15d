/** The language of the page, and the locale in which it writes numbers and times. */
import { batch, computed, signal } from '@preact/signals';
import { CATALOGUES } from './catalogues.js';
import { en } from './en.js';

/** Texts of the page in one language. */
export type Words = typeof en;

/** Texts in the present language. */
export const words = signal<Words>(en);
/** BCP 47 tag of numbers and times: the reader's own, also where the texts are in another language. */
export const locale = signal(chooseOwn() ?? 'en');
/** Writing direction of the texts. */
export const direction = computed(() => (words.value.language === 'ar' ? 'rtl' : 'ltr'));

/** Number of choices so far. A catalogue that comes after another choice is not used. */
let choices = 0;

/**
 * Chooses the language. If its catalogue cannot be loaded, the texts stay as they are; numbers and times change.
 * @param requested BCP 47 tag; empty for the first of the browser's languages that has a catalogue
 */
export async function useLocale(requested: string): Promise<void> {
  const choice = ++choices;
  const tags = isLocale(requested) ? [requested] : navigator.languages.filter(isLocale);
  const found = tags.find((tag) => CATALOGUES[getLanguage(tag)] !== undefined);
  const catalogue = await CATALOGUES[getLanguage(found ?? 'en')]?.().catch(() => undefined);
  if (choice !== choices) return;
  batch(() => {
    if (catalogue) words.value = catalogue;
    locale.value = (isLocale(requested) ? requested : found) ?? chooseOwn() ?? 'en';
  });
}

/** Kiosks and containers have languages that are no tag, `en-US@posix`. */
function chooseOwn(): string | undefined {
  return isLocale(navigator.language) ? navigator.language : undefined;
}

function getLanguage(tag: string): string {
  return tag.split('-', 1).join('').toLowerCase();
}

function isLocale(tag: string): boolean {
  try {
    return tag !== '' && Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
