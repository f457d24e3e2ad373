// How long commands take, in units of the time that Node needs to start and end.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { benchFleet, fanops } from './fleet.mjs';
import { sideBySide, timed } from './measure.mjs';

const ROUNDS = 21;
const node = process.execPath;
const nothing = () => timed(node, ['-e', '0']);

/** A program with one command that prints a line, as `oclif generate` makes it; without plugins. */
function bareOclif() {
  const dir = mkdtempSync(join(tmpdir(), 'fb-oclif-'));
  mkdirSync(join(dir, 'commands'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const pjson = {
    name: 'bare',
    version: '1.0.0',
    type: 'module',
    oclif: { bin: 'bare', dirname: 'bare', commands: './commands' },
  };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(pjson));
  writeFileSync(
    join(dir, 'commands/hello.js'),
    "import { Command } from '@oclif/core';\nexport default class Hello extends Command {\n  async run() { this.log('hello'); }\n}\n",
  );
  writeFileSync(
    join(dir, 'run.js'),
    "import { execute } from '@oclif/core';\nawait execute({ dir: import.meta.url });\n",
  );
  return dir;
}

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* commands() {
  const row = (what, a, command, aim, measured) => ({
    what,
    label: { a, b: '`node -e 0`' },
    unit: 'ms',
    command,
    aim,
    ...measured,
  });
  const bare = bareOclif();
  try {
    yield row(
      'Start',
      'a bare oclif program',
      'hello',
      undefined,
      await sideBySide(ROUNDS, () => timed(node, [join(bare, 'run.js'), 'hello']), nothing),
    );
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
  yield row(
    'Start',
    '`fanops --version`',
    'fanops --version',
    { under: 2 },
    await sideBySide(ROUNDS, () => timed(node, [fanops, '--version']), nothing),
  );
  yield row(
    'Start',
    '`fanops --help`',
    'fanops --help',
    undefined,
    await sideBySide(ROUNDS, () => timed(node, [fanops, '--help']), nothing),
  );
  const fleet = await benchFleet();
  try {
    const status = () => timed(node, [fanops, 'status', '--json'], { cwd: fleet.dir, env: fleet.env });
    yield row(
      'Daily use',
      '`fanops status --json`, two hosts, one service',
      'fanops status --json',
      { under: 8 },
      await sideBySide(ROUNDS, status, nothing),
    );
  } finally {
    await fleet.stop();
  }
}
