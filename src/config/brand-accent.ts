/** BRAND_ACCENT: the one colour of the page that can be configured, and the colours that follow from it. */
import { createRequire } from 'node:module';
import type { Color } from 'culori';

/** Colours of one accent, as `#rrggbb`. */
export interface AccentColours {
  /** The configured colour, for the light scheme. */
  readonly light: string;
  readonly dark: string;
  /** Backgrounds in a tint of the accent. */
  readonly softLight: string;
  readonly softDark: string;
}

/** Backgrounds of the light scheme that text in the accent may be on. */
export const LIGHT_SURFACES: readonly string[] = ['#f5f6f8', '#ffffff', '#eceef2', '#f0f2f5'];
/** Backgrounds of the dark scheme, for the test: the derived colour fits all of them. */
export const DARK_SURFACES: readonly string[] = ['#0b0d11', '#14171c', '#1b1f26', '#0f1216', '#1d2129'];
/** Contrast of text (WCAG 2.2, 1.4.3). */
const MIN_CONTRAST = 4.5;

/**
 * OKLCH lightness and largest chroma of the derived colours. The dark accent has at least 6.5:1 on all dark surfaces,
 * whatever its hue, because OKLCH lightness is perceived lightness: there it can be fixed.
 */
const DARK_ACCENT = { lightness: 0.76, maxChroma: 0.4 };
const LIGHT_TINT = { lightness: 0.95, maxChroma: 0.02 };
const DARK_TINT = { lightness: 0.26, maxChroma: 0.045 };
/** Steps of OKLCH lightness in the search for a darker colour. */
const LIGHTNESS_STEP = 0.005;

type Culori = typeof import('culori');

export class BrandAccent {
  private constructor(
    private readonly text: string,
    /** Undefined without an accent. */
    readonly colours: AccentColours | undefined,
    /** Undefined if the colour can be used. */
    readonly fault: string | undefined,
  ) {}

  /** @param text opaque CSS colour, or empty for the accent of the page itself */
  static parse(text: string): BrandAccent {
    if (text === '') return new BrandAccent(text, undefined, undefined);
    // Loaded only for a configured accent. Its single CommonJS file loads in 9 ms, its modules in 60 ms.
    const culori = createRequire(import.meta.url)('culori') as Culori;
    const colour = culori.parse(text);
    if (!colour || (colour.alpha ?? 1) < 1) {
      return new BrandAccent(text, undefined, 'must be an opaque CSS colour, such as #7a1fa2');
    }
    const colours = deriveColours(culori, colour);
    const contrast = getLeastContrast(culori, colours);
    if (contrast >= MIN_CONTRAST) return new BrandAccent(text, colours, undefined);
    const fault =
      `has a contrast of ${Math.floor(contrast * 10) / 10}:1 on the surfaces of the light scheme, and text needs ` +
      `${MIN_CONTRAST}:1: choose a darker colour, such as ${findDarkerColour(culori, colour)}. ` +
      'The colour for the dark scheme is derived from it';
    return new BrandAccent(text, undefined, fault);
  }

  toString(): string {
    return this.text;
  }
}

function deriveColours(culori: Culori, accent: Color): AccentColours {
  return {
    light: culori.formatHex(accent),
    dark: culori.formatHex(withLightness(culori, accent, DARK_ACCENT)),
    softLight: culori.formatHex(withLightness(culori, accent, LIGHT_TINT)),
    softDark: culori.formatHex(withLightness(culori, accent, DARK_TINT)),
  };
}

/** Returns a colour of the same hue, with its chroma reduced to the limit and to what sRGB can show. */
function withLightness(
  culori: Culori,
  colour: Color,
  { lightness, maxChroma }: { readonly lightness: number; readonly maxChroma: number },
): Color {
  const oklch = culori.oklch(colour);
  return culori.clampChroma({ ...oklch, l: lightness, c: Math.min(oklch.c, maxChroma) }, 'oklch');
}

/** Returns the least contrast of the accent on the light surfaces and on its own tint. */
function getLeastContrast({ wcagContrast }: Culori, { light, softLight }: AccentColours): number {
  return Math.min(...[...LIGHT_SURFACES, softLight].map((surface) => wcagContrast(light, surface)));
}

/** Returns the lightest colour of the same hue that has the contrast as it is written, rounded. Black has it. */
function findDarkerColour(culori: Culori, colour: Color): string {
  const { l: initial, c: maxChroma } = culori.oklch(colour);
  let lightness = initial;
  let darker: Color;
  do {
    lightness = Math.max(0, lightness - LIGHTNESS_STEP);
    darker = culori.parse(culori.formatHex(withLightness(culori, colour, { lightness, maxChroma }))) as Color;
  } while (getLeastContrast(culori, deriveColours(culori, darker)) < MIN_CONTRAST);
  return culori.formatHex(darker);
}
