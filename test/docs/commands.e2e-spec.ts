/** Runs the commands of tutorials, how-to guides and examples in order, and checks the output that their pages show. */
import { DocumentedCommands } from '../support/documented-commands.js';

it.each([
  ['docs/tutorials/first-dashboard.md', []],
  ['docs/tutorials/revenue-today.md', []],
  ['docs/tutorials/live-number-on-your-site.md', []],
  ['docs/tutorials/stripe-to-the-wall.md', []],
  ['docs/tutorials/tell-slack-when-we-pass-200-today.md', []],
  ['docs/how-to/authenticate.md', []],
  ['docs/how-to/backup-and-restore.md', ['npm start']],
  ['docs/how-to/badges.md', ['npm start']],
  ['docs/how-to/brand-the-board.md', []],
  ['docs/how-to/bulk-import.md', ['npm start']],
  ['docs/how-to/frame-the-board.md', []],
  ['docs/how-to/monitor-and-alert.md', ['npm start']],
  ['docs/how-to/receive-webhooks.md', []],
  ['docs/how-to/stream-changes.md', ['npm start']],
  ['docs/how-to/notify.md', []],
  ['docs/how-to/trace.md', []],
  ['docs/reference/http-api.md', ['npm start']],
  ['examples/browser/README.md', []],
  ['examples/curl-ndjson/README.md', ['npm start']],
  ['examples/python/README.md', ['npm start']],
] as const)('the commands of %s work as shown', (page, before) => DocumentedCommands.run(page, before));
