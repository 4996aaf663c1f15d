/** Reads and replaces the section of a Markdown page that a command generates, between two comments. */

const END = '\n<!-- prettier-ignore-end -->';

const createBeginMarker = (command: string): string =>
  `<!-- prettier-ignore-start -->\n<!-- Written by \`npm run ${command}\`. -->\n`;

/** Finds the section of a command. @throws Error if there is none */
function findSection(page: string, command: string): readonly [from: number, to: number] {
  const begin = createBeginMarker(command);
  const at = page.indexOf(begin);
  const to = at < 0 ? -1 : page.indexOf(END, at);
  if (to < 0) throw new Error(`the page has no ${begin.trim()} with an end`);
  return [at + begin.length, to];
}

/** Returns the page with the section of a command replaced. @throws Error if there is none */
export function replaceSection(page: string, command: string, content: string): string {
  const [from, to] = findSection(page, command);
  return `${page.slice(0, from)}\n${content.trim()}\n${page.slice(to)}`;
}

/** Reads the section of a command. @throws Error if there is none */
export function readSection(page: string, command: string): string {
  const [from, to] = findSection(page, command);
  return page.slice(from, to).trim();
}
