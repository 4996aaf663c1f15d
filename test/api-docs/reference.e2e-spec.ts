/** The generated tables of docs/reference and `.env.example` match the built code. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('docs/reference and .env.example are up to date: otherwise run `npm run reference`', async () => {
  const { PATH = '' } = process.env;
  const options = { cwd: ROOT, env: { PATH } };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['scripts/generate-reference.mjs', '--check'],
    options,
  ).catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe('all up to date\n');
});
