/**
 * Builds `dist/page/embed.js`, the module for other pages, and the parts that it loads when they are shown. No hash in
 * its name: they refer to it for years.
 */
import { defineScript } from '../define-script.js';

export default defineScript(new URL('embed.ts', import.meta.url), 'embed.js');
