/** The Content-Security-Policy of the page. */
import type { Config } from '../config/config.js';

/**
 * Name of the only Trusted Types policy of the page: it makes the address of the service worker. Nodes are created
 * without parsing HTML.
 */
const TRUSTED_TYPES_POLICY = 'tallyboard-worker';

/** The page loads from this service only. */
const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // `blob:` is for pictures that the page draws itself, to be saved.
  "img-src 'self' blob:",
  "font-src 'self'",
  // Includes ws: and wss: of the same host (CSP 3).
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  `trusted-types ${TRUSTED_TYPES_POLICY}`,
];

/** Returns the policy. Pages of FRAME_ANCESTORS may show the page in a frame; without any, those of ALLOWED_ORIGINS. */
export function createPagePolicy(config: Config): string {
  return [...DIRECTIVES, `frame-ancestors ${listFrameAncestors(config).join(' ')}`].join('; ');
}

function listFrameAncestors({ FRAME_ANCESTORS, ALLOWED_ORIGINS }: Config): readonly string[] {
  if (FRAME_ANCESTORS.includes('none')) return ["'none'"];
  return ["'self'", ...(FRAME_ANCESTORS.length > 0 ? FRAME_ANCESTORS : ALLOWED_ORIGINS)];
}
