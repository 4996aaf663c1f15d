/**
 * `npm run docs` builds docs/ into a site in `docs/.vitepress/dist`; `npm run docs:dev` serves it with live reload.
 * Both install `tools/` first if it is missing or out of date.
 */
import { runTool } from './tools.mjs';

runTool('vitepress', process.argv.slice(2));
if (process.argv[2] === 'build') process.stdout.write('The site is in docs/.vitepress/dist.\n');
