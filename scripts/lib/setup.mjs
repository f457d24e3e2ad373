// Set-up that `npm run demo` and `npm test` share: dependencies and build, only when they are missing or out of date.
// Runs on the Node that the user has (20 or newer); what follows runs on the one that the clone brings.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const bin = join(root, 'node_modules', '.bin');
const stamps = join(root, 'node_modules', '.fanops-setup.json');

/** The environment in which the clone's own Node and tools come first. */
export const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** SHA-256 over the files of folders, by name and content. */
function digest(paths) {
  const hash = createHash('sha256');
  const walk = (path) => {
    const info = lstatSync(path);
    if (info.isDirectory()) {
      for (const name of readdirSync(path).sort())
        if (!['node_modules', 'dist', 'test'].includes(name)) walk(join(path, name));
    } else if (info.isFile()) {
      hash.update(path).update(readFileSync(path));
    }
  };
  paths
    .map((path) => join(root, path))
    .filter(existsSync)
    .forEach(walk);
  return hash.digest('hex');
}

function run(what, command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env, ...options });
  if (error || status !== 0) {
    say(`${what} failed${error ? `: ${error.message}` : ` with exit code ${status}`}.`);
    process.exit(1);
  }
}

const readStamps = () => (existsSync(stamps) ? JSON.parse(readFileSync(stamps, 'utf8')) : {});
const writeStamp = (key, value) => {
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stamps, JSON.stringify({ ...readStamps(), [key]: value }));
};

/** Installs dependencies and builds, where the last set-up was of other sources. @returns path of the clone's own Node */
export function setUp() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    say(`Node 20 or newer is needed to set up; this is ${process.version}.`);
    process.exit(1);
  }
  const lock = digest(['package-lock.json']);
  if (readStamps().install !== lock) {
    say('Installing dependencies (npm ci) ...');
    run('npm ci', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env: process.env });
    writeStamp('install', lock);
  }
  const node = join(bin, 'node');
  if (!existsSync(node)) {
    say(
      `npm brought no Node for ${process.platform}-${process.arch}. Use Node 22.18 or newer: node scripts/build.mjs, then the commands by hand.`,
    );
    process.exit(1);
  }
  const sources = digest([
    'src',
    'packages',
    'scripts/build.mjs',
    'scripts/bundle-libraries.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.base.json',
  ]);
  if (readStamps().build !== sources || !existsSync(join(root, 'dist'))) {
    say('Building ...');
    run('The build', node, ['scripts/build.mjs']);
    writeStamp('build', sources);
  }
  return node;
}
