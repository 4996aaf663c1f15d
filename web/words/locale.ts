/** The language of the page, and the locale in which it writes numbers and times. */
import { computed, signal } from '@preact/signals';
import { en } from './en.js';

/** Texts of the page in one language. */
export type Words = typeof en;

/** Languages with a catalogue. All but English are loaded when they are needed. */
const CATALOGUES: Readonly<Record<string, () => Promise<Words>>> = {
  en: () => Promise.resolve(en),
  es: async () => (await import('./es.js')).es,
  ar: async () => (await import('./ar.js')).ar,
};

/** Texts in the present language. */
export const words = signal<Words>(en);
/** BCP 47 tag of numbers and times: the reader's own, also where the texts are in another language. */
export const locale = signal(chooseOwn() ?? 'en');
/** Writing direction of the texts. */
export const direction = computed(() => (words.value.language === 'ar' ? 'rtl' : 'ltr'));

/**
 * Chooses the language.
 * @param requested BCP 47 tag; empty for the first of the browser's languages that has a catalogue
 */
export async function useLocale(requested: string): Promise<void> {
  const tags = isLocale(requested) ? [requested] : navigator.languages.filter(isLocale);
  const found = tags.find((tag) => CATALOGUES[getLanguage(tag)] !== undefined);
  const load = CATALOGUES[getLanguage(found ?? 'en')];
  if (load) words.value = await load();
  locale.value = (isLocale(requested) ? requested : found) ?? chooseOwn() ?? 'en';
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
