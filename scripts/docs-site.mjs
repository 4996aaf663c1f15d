/**
 * `npm run docs` builds docs/ into a site in `docs/.vitepress/dist`; `npm run docs:dev` serves it while it is written.
 * Both install `tools/` first when that is missing or out of date.
 */
import { runTool } from './tools.mjs';

runTool('vitepress', process.argv.slice(2));
