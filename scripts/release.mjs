/**
 * Prepares a release: `npm run release -- 1.2.3 [--dry-run]`.
 *
 * Checks that the working tree is clean, runs the checks, writes the version into every file that has it, dates the
 * section of the changelog, keeps data in the forms of this version for the tests of later ones, commits, and tags.
 * Publishes nothing: it prints the commands for that at the end. With `--dry-run` it runs every check, changes files in
 * memory only, and lists the changes.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const SEMVER = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, 'skip-checks': { type: 'boolean', default: false } },
});
const dryRun = values['dry-run'];
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const version = positionals[0] ?? manifest.version;

const say = (text) => process.stdout.write(`${text}\n`);
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const run = (command, ...args) => {
  say(`$ ${[command, ...args].join(' ')}`);
  execFileSync(command, args, { stdio: 'inherit' });
};
const stop = (why) => {
  process.stderr.write(`release: ${why}\n`);
  process.exit(1);
};

/** Files that contain the version, each with a pattern that matches it. */
const VERSIONED = [
  ['package.json', /("version": ")[^"]+(")/],
  ['packages/client/package.json', /("version": ")[^"]+(")/],
  ['packages/react/package.json', /("version": "|"@tallyboard\/client": "\^)[^"]+(")/g],
  ['Dockerfile', /(image\.version=")[^"]+(")/],
  ['compose.yaml', /(image: tallyboard:)\S+()/],
  ['clients/python/tallyboard/__init__.py', /(__version__ = ")[^"]+(")/],
  ['deploy/kubernetes/one/kustomization.yaml', /(newTag: )\S+()/],
  ['deploy/kubernetes/many/kustomization.yaml', /(newTag: )\S+()/],
  ['deploy/kubernetes/examples/backup-cronjob.yaml', /(\/tallyboard:)\S+( # )/],
  ['deploy/kubernetes/examples/restore-job.yaml', /(\/tallyboard:)\S+( # )/],
  ['docs/how-to/helm.md', /(registry\.example\.org\/tallyboard:)[\w.-]+()/g],
  ['docs/how-to/kubernetes.md', /(registry\.example\.org\/tallyboard:)[\w.-]+()/g],
  ['docs/how-to/plain-host.md', /(tallyboard-)\d[\w.-]*?(\.tgz)/g],
  ['deploy/helm/tallyboard/Chart.yaml', /^(version: |appVersion: )\S+()$/gm],
];

/** The lock file has the version of the project, and of each package of the workspace. */
function setLockVersion(text) {
  const lock = JSON.parse(text);
  lock.version = version;
  for (const path of ['', 'packages/client', 'packages/react']) lock.packages[path].version = version;
  lock.packages['packages/react'].dependencies['@tallyboard/client'] = `^${version}`;
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Renames the section `## Unreleased` to this version with the date, or dates the section of this version. */
function dateChangelog(text) {
  const heading = `## ${version} (${new Date().toISOString().slice(0, 10)})`;
  const undated = new RegExp(`^## ${version.replaceAll('.', '\\.')}$`, 'm');
  if (undated.test(text)) return text.replace(undated, heading);
  // `(?![^])` is the end of the text: with the flag m, `$` is the end of each line.
  if (/^## Unreleased\s*(?=^## |(?![^]))/m.test(text) || !/^## Unreleased$/m.test(text)) {
    stop('CHANGELOG.md has nothing under "## Unreleased": say what changed');
  }
  return text.replace(/^## Unreleased$/m, heading);
}

if (!SEMVER.test(version)) stop(`${version} is not a semantic version such as 1.2.3`);
if (git('status', '--porcelain') !== '') stop('the working tree has changes: commit or stash them');
if (git('tag', '--list', `v${version}`) !== '') stop(`v${version} exists already`);
if (!dryRun && git('branch', '--show-current') !== 'main') stop('releases are made on main');

const edits = new Map();
for (const [path, pattern] of VERSIONED) {
  const text = readFileSync(path, 'utf8');
  if (!pattern.test(text)) stop(`${path} has no version where it was expected`);
  edits.set(path, text.replace(pattern, `$1${version}$2`));
}
edits.set('package-lock.json', setLockVersion(readFileSync('package-lock.json', 'utf8')));
edits.set('CHANGELOG.md', dateChangelog(readFileSync('CHANGELOG.md', 'utf8')));

if (!values['skip-checks']) run('npm', 'run', 'check');
run('npm', 'pack', '--dry-run', '--ignore-scripts', '--silent');

const changed = [...edits].filter(([path, text]) => text !== readFileSync(path, 'utf8')).map(([path]) => path);
if (dryRun) {
  say(
    `\nDry run: v${version} would change ${changed.join(', ') || 'no file'}, commit "chore(release): ${version}" and tag it.`,
  );
} else {
  for (const [path, text] of edits) writeFileSync(path, text);
  run('npm', 'run', '--silent', 'fixtures');
  run('git', 'add', 'test/fixtures');
  run('git', 'commit', '--all', '--allow-empty', '--message', `chore(release): ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', `Tallyboard ${version}`);
}
say(`
To publish it, push the tag: .github/workflows/release.yml does the rest.
  git push origin main v${version}`);
