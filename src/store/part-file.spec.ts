/** The part file: either no file of the target's name, or the complete one, and never in place of another. */
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

it('gives the content the name of the target on commit, and deletes nothing afterwards', () => {
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  expect([dirname(partFile.path), readdirSync(directory)]).toEqual([directory, [basename(partFile.path)]]);
  partFile.commit();
  partFile.discard();
  expect([readdirSync(directory), readFileSync(target, 'utf8')]).toEqual([['export.ndjson'], 'content']);
});

it('leaves nothing when it is discarded, whether something was written or not', () => {
  new PartFile(target).discard();
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  partFile.discard();
  expect(readdirSync(directory)).toEqual([]);
});

it('refuses a target that exists, also one that appeared while the content was written', () => {
  const partFile = new PartFile(target);
  writeFileSync(partFile.path, 'content');
  writeFileSync(target, 'dear diary');
  expect(() => partFile.commit()).toThrow(FileExistsError);
  expect(() => new PartFile(target)).toThrow(/export\.ndjson is there already: name another file/);
  expect(readFileSync(target, 'utf8')).toBe('dear diary');
});

it('fails with the error of the file system when nothing was written', () => {
  expect(() => new PartFile(target).commit()).toThrow(/ENOENT/);
});
