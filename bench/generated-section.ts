/** The part of a page that a command writes, between two comments, so that figures are redone and not copied. */

const END = '\n<!-- prettier-ignore-end -->';

const createBeginMarker = (command: string): string =>
  `<!-- prettier-ignore-start -->\n<!-- Written by \`npm run ${command}\`. -->\n`;

/** Where the block of a command is. @throws Error when there is none */
function findSection(page: string, command: string): readonly [from: number, to: number] {
  const begin = createBeginMarker(command);
  const at = page.indexOf(begin);
  const to = at < 0 ? -1 : page.indexOf(END, at);
  if (to < 0) throw new Error(`the page has no ${begin.trim()} with an end`);
  return [at + begin.length, to];
}

/** @returns a page with another block in the place of the one that the command wrote before. @throws Error when there is none */
export function replaceSection(page: string, command: string, content: string): string {
  const [from, to] = findSection(page, command);
  return `${page.slice(0, from)}\n${content.trim()}\n${page.slice(to)}`;
}

/** The block that a command wrote before. @throws Error when there is none */
export function readSection(page: string, command: string): string {
  const [from, to] = findSection(page, command);
  return page.slice(from, to).trim();
}
