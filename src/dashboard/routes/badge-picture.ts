/** Draws badges, and sets the headers that make a picture harmless and embeddable. */
import { makeBadge } from 'badge-maker';
import type { Response } from 'express';
import type { BADGE_STYLES } from './badge.query.js';

export const SVG_MEDIA_TYPE = 'image/svg+xml';
/** Opened as a page, the image must run and load nothing. The style `social` has an inline style sheet. */
const BADGE_CSP = "default-src 'none'; style-src 'unsafe-inline'";
/** Characters that XML does not allow (XML 1.0, 2.2), and unpaired surrogates. Titles and units may contain them. */
const INVALID_XML_CHARACTERS = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export interface Badge {
  readonly label: string;
  readonly message: string;
  /** A colour name, or 3 or 6 hexadecimal digits. */
  readonly color: string;
  /** Default: flat. */
  readonly style?: (typeof BADGE_STYLES)[number];
}

/** Returns a badge as SVG. */
export function renderBadge({ label, message, ...badge }: Badge): string {
  const [labelText, messageText] = [label, message].map((text) => text.replaceAll(INVALID_XML_CHARACTERS, '\uFFFD'));
  return makeBadge({ label: labelText ?? '', message: messageText ?? '', ...badge });
}

export function setBadgeHeaders(response: Response): void {
  response.setHeader('Content-Security-Policy', BADGE_CSP);
  // Lets pages embed the image whose `Cross-Origin-Embedder-Policy` requires consent.
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}
