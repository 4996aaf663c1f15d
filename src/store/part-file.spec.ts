/** A part file: the target does not exist or is complete, and an existing file is never replaced. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FileExistsError, PartFile } from './part-file.js';

let directory: string;
let target: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tallyboard-'));
  target = join(directory, 'export.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true }));

it('a part file is renamed to its target on commit, and remains when it is discarded afterwards', () => {
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  expect([dirname(partFile.path), readdirSync(directory)]).toEqual([directory, [basename(partFile.path)]]);
  partFile.commit();
  partFile.discard();
  expect([readdirSync(directory), readFileSync(target, 'utf8')]).toEqual([['export.ndjson'], 'content']);
});

it('a part file that is discarded leaves no file, with or without content', () => {
  new PartFile(target).discard();
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  partFile.discard();
  expect(readdirSync(directory)).toEqual([]);
});

it('a part file never replaces an existing target, even one created while the content was written', () => {
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  writeFileSync(target, 'dear diary');
  expect(() => partFile.commit()).toThrow(FileExistsError);
  expect(() => new PartFile(target)).toThrow(/export\.ndjson already exists: choose another file/);
  expect(readFileSync(target, 'utf8')).toBe('dear diary');
});

it('committing a part file that was never written fails with the error of the file system', () => {
  expect(() => new PartFile(target).commit()).toThrow(/ENOENT/);
});
