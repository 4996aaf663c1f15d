/** `npm run picture`: takes the pictures of the documents again, in a real browser. */
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
execFileSync(
  'npm',
  ['run', '--silent', 'jest', '--', '--selectProjects', 'page', '--testPathPatterns', 'page/pictures'],
  {
    stdio: 'inherit',
  },
);
cpSync('test-artefacts/pictures', 'docs/pictures', { recursive: true });
