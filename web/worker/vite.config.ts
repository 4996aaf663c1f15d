/** Builds `dist/page/worker.js`, the service worker. Its name has no hash: browsers look there for a newer one. */
import { defineScript } from '../define-script.js';

export default defineScript(new URL('worker.ts', import.meta.url), 'worker.js');
