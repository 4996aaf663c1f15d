/** `npm run picture`: takes the README's picture of the page again, in a real browser. */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';

const PICTURE_TEST = ['--selectProjects', 'page', '--testPathPatterns', 'page/pictures', '--testNamePattern', 'readme'];

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
execFileSync('npm', ['run', '--silent', 'jest', '--', ...PICTURE_TEST], { stdio: 'inherit' });
copyFileSync('test-artefacts/readme.png', 'docs/tallyboard.png');
