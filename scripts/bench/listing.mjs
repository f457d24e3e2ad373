// The list of a fleet with a thousand machines in each of three clouds: by `fanops host list`, and by the plain paginations of the three SDKs.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { root } from '../lib/setup.mjs';
import { fanops } from './fleet.mjs';
import { sideBySide, timed } from './measure.mjs';

const ROUNDS = 3;
const COUNT = 1000;

/** The helpers of the tests are TypeScript: one file of them, beside the modules that it imports. */
async function helpers(dir) {
  const outfile = join(dir, 'many-machines.mjs');
  await build({
    entryPoints: [join(root, 'test/helpers/many-machines.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return import(outfile);
}

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* listing() {
  const dir = mkdtempSync(join(root, 'node_modules/.bench-'));
  let many;
  try {
    const { startManyMachines, manyMissing } = await helpers(dir);
    const missing = manyMissing();
    if (missing) {
      yield { skipped: `A list of ${3 * COUNT} machines: ${missing}` };
      return;
    }
    many = await startManyMachines(COUNT);
    const env = {
      ...process.env,
      ...many.env,
      HOME: mkdtempSync(join(tmpdir(), 'bench-home-')),
      FANOPS_OPERATOR: 'bench',
    };
    const raw = [join(root, 'scripts/bench/raw-listing.mjs')];
    const list = [fanops, 'host', 'list', '--json'];
    await check(env, many.dir, raw, list);
    const options = { cwd: many.dir, env };
    const measured = await sideBySide(
      ROUNDS,
      () => timed(process.execPath, list, options),
      () => timed(process.execPath, raw, options),
    );
    yield {
      what: `A list of ${3 * COUNT} machines in three clouds (emulators)`,
      label: { a: '`fanops host list --json`', b: 'the three SDKs, machines alone' },
      unit: 'ms',
      command: 'fanops host list --json',
      aim: { under: 3 },
      ...measured,
    };
  } finally {
    await many?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Both must see all of them, or the figures say nothing. Stubs live in this process, so it must not stand still. */
async function check(env, cwd, raw, list) {
  const run = async (args) =>
    JSON.parse(
      (await promisify(execFile)(process.execPath, args, { cwd, env, maxBuffer: 64 << 20, timeout: 120_000 })).stdout,
    );
  const counts = await run(raw);
  const { hosts, failed } = await run(list);
  const running = hosts.filter(({ state }) => state === 'running').length;
  if (counts.some((count) => count !== COUNT) || running !== 3 * COUNT || failed.length > 0) {
    throw new Error(
      `Not all machines are listed: the SDKs ${counts.join(', ')}, fanops ${running} of ${hosts.length}, failed ${JSON.stringify(failed)}`,
    );
  }
}
