/** Reads the project's documents and the tables in them. */
import { readFileSync } from 'node:fs';

/** Reads a text file. @param path relative to the root of the project */
export function readProjectFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Returns the rows of the first table with these column titles, as trimmed cells; empty if there is none. */
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

/** Returns the rows of all tables with these column titles, the first table of each section, in page order. */
export function readTables(markdown: string, ...titles: readonly string[]): string[][] {
  const [section = '', ...sections] = markdown.split(/^(?=#+ )/m);
  return [section, ...sections].flatMap((text) => readTable(text, ...titles));
}
