/** Reads the project's documents and the tables in them. */
import { readFileSync } from 'node:fs';

/** The text of a file, by its path from the root of the project. */
export function readProjectFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The rows of the first table with these column titles, as trimmed cells. */
export function readTable(markdown: string, ...titles: readonly string[]): string[][] {
  const rows = markdown.split('\n').map((line) => {
    const cells = line.split('|').slice(1, -1);
    return cells.map((cell) => cell.trim());
  });
  const start = rows.findIndex((cells) => cells.join('|').toLowerCase() === titles.join('|').toLowerCase());
  if (start === -1) return [];
  const body = rows.slice(start + 2);
  const end = body.findIndex((cells) => cells.length !== titles.length);
  return end === -1 ? body : body.slice(0, end);
}

/** The rows of all tables with these column titles, in the order of the page. */
export function readTables(markdown: string, ...titles: readonly string[]): string[][] {
  const [section = '', ...sections] = markdown.split(/^(?=#+ )/m);
  return [section, ...sections].flatMap((text) => readTable(text, ...titles));
}
