// What an installation of the packed fanops weighs, beside what it may.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { sideBySide } from './measure.mjs';

/** MiB that an installation may weigh. */
const MOST = 120;

const run = (command, args, cwd = root) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 16 << 20 });

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* install() {
  const dir = mkdtempSync(join(tmpdir(), 'fanops-bench-install-'));
  try {
    const packed = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir]));
    const file = join(dir, Object.values(packed)[0].filename);
    const installed = async () => {
      const prefix = mkdtempSync(join(dir, 'prefix-'));
      run('npm', ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', file]);
      return Number(run('du', ['-sk', join(prefix, 'lib/node_modules')]).split('\t')[0]) / 1024;
    };
    yield {
      what: 'Weight of an installation',
      label: { a: 'fanops with all that it needs', b: 'the aim' },
      unit: 'MiB',
      command: 'npm install --global fanops-VERSION.tgz',
      aim: { under: 1 },
      ...(await sideBySide(1, installed, async () => MOST)),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
