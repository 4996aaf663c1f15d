/** Texts of the page by language. */
import { en } from './en.js';

/** Catalogues by BCP 47 language subtag. All but English are loaded when they are needed. */
export const CATALOGUES: Readonly<Record<string, () => Promise<typeof en>>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de.js')).de,
  fr: async () => (await import('./fr.js')).fr,
  es: async () => (await import('./es.js')).es,
  ar: async () => (await import('./ar.js')).ar,
};
