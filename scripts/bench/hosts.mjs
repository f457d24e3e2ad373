// Ten commands on one host: over one connection of fanops, by ten runs of fanops, by ten runs of ssh.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { benchFleet, fanops } from './fleet.mjs';
import { sideBySide, timed } from './measure.mjs';

const ROUNDS = 7;
const TIMES = 10;

/** Ten times, one after the other. */
const tenOf = (once) => async () => {
  let sum = 0;
  for (let i = 0; i < TIMES; i++) sum += await once();
  return sum;
};

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* hosts() {
  if (spawnSync('ssh', ['-V'], { stdio: 'ignore' }).error) {
    yield { skipped: 'Ten commands on a host: there is no ssh on this machine' };
    return;
  }
  const fleet = await benchFleet();
  try {
    const home = join(fleet.dir, 'h/bench');
    const { port } = JSON.parse(readFileSync(join(home, 'app-1/host.json'), 'utf8'));
    const ssh = [
      '-F',
      'none',
      '-i',
      join(home, 'id_ed25519'),
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'BatchMode=yes',
      '-o',
      `UserKnownHostsFile=${join(fleet.dir, '.fanops/known_hosts')}`,
      '-p',
      String(port),
      `${userInfo().username}@127.0.0.1`,
      'true',
    ];
    const options = { cwd: fleet.dir, env: fleet.env };
    const bySsh = tenOf(() => timed('ssh', ssh));
    const row = (a, command, aim, measured) => ({
      what: 'Ten commands on a local host',
      label: { a, b: '10 runs of `ssh`' },
      unit: 'ms',
      command,
      aim,
      ...measured,
    });
    const together = () =>
      timed(process.execPath, [join(root, 'scripts/bench/ten-commands.mjs'), 'app-1', String(TIMES)], options);
    yield row(
      'one process, one connection of fanops',
      'node scripts/bench/ten-commands.mjs app-1 10',
      { under: 1 },
      await sideBySide(ROUNDS, together, bySsh),
    );
    const byFanops = tenOf(() => timed(process.execPath, [fanops, 'exec', 'app-1', '--', 'true'], options));
    yield row(
      '10 runs of `fanops exec`',
      'fanops exec app-1 -- true',
      undefined,
      await sideBySide(ROUNDS, byFanops, bySsh),
    );
  } finally {
    await fleet.stop();
  }
}
