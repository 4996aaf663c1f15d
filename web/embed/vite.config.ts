/** Builds `dist/page/embed.js`, a single module for other pages. No hash: they refer to this name for years. */
import { defineScript } from '../define-script.js';

export default defineScript(new URL('live-counter.ts', import.meta.url), 'embed.js');
