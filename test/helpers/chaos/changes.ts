import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { engines, hasEngine } from '../engines.js';
import { processesUnder } from '../processes.js';
import type { ChangeName } from './cases.js';
import { fleetFile, mustCarryOut, type Ground, type Before } from './ground.js';
import { endServer } from './strike.js';

const EXTRA = '  app-2: { provider: local, roles: [app] }\n';
const HEALTH = '    health: /api/flow/version\n';
const PROXIES = ', trustedProxies: [10.0.0.0/8]';

/** Takes a piece out of the file when it is there, and puts it behind the match of a pattern else. */
const toggled = (text: string, piece: string, behind: RegExp): string =>
  text.includes(piece) ? text.replace(piece, '') : text.replace(behind, (match) => `${match}${piece}`);

function edited(text: string, change: ChangeName): string {
  const next = (engine: string): string => {
    const here = engines.filter(hasEngine);
    return here[(here.findIndex((each) => each === engine) + 1) % here.length]!;
  };
  switch (change) {
    case 'proxies':
      return toggled(text, PROXIES, /listen: \d+/);
    case 'health':
      return toggled(text, HEALTH, /route: .*\n/);
    case 'url':
      return text.replace(
        /url: "http:\/\/(localhost|127\.0\.0\.1):/,
        (_, name: string) => `url: "http://${name === 'localhost' ? '127.0.0.1' : 'localhost'}:`,
      );
    case 'engine':
      return text.replace(/engine: (\w+)/, (_, engine: string) => `engine: ${next(engine)}`);
    case 'host':
      return text.replace(/^hosts:\n/m, (match) => `${match}${EXTRA}`);
    default:
      return text;
  }
}

/** Changes the fleet file, or ends the SSH server of a host, which only `host provision` brings back. */
export async function bringAbout({ fleet }: Ground, change: ChangeName | undefined): Promise<void> {
  if (change === undefined) return;
  const text = await readFile(fleetFile(fleet), 'utf8');
  const next = edited(text, change);
  if (next !== text) await writeFile(fleetFile(fleet), next);
  if (change === 'server-app') await endServer(fleet, 'app-1');
  if (change === 'server-router') await endServer(fleet, 'router-1');
}

/** What an undone run of `host provision` did not bring back, or leaves as it was before. */
export async function putBack(ground: Ground, change: ChangeName | undefined, was: Before): Promise<void> {
  // A host whose server is down cannot be asked what is there now.
  if (change?.startsWith('server-')) await mustCarryOut(ground, ['host', 'provision', '--all', '--yes'], was);
}

/** That what was changed is as the run promised. @param done false when it was undone */
export async function changed({ fleet }: Ground, change: ChangeName | undefined, done: boolean): Promise<void> {
  if (change === undefined) return;
  if (change === 'host') {
    const dir = join(fleet.home('app-2'), '..');
    const left = { folder: existsSync(dir), processes: processesUnder(`${dir}/`) };
    if (!done) expect(left, 'host app-2').toEqual({ folder: false, processes: [] });
    else expect((await fleet.ok('exec', 'app-2', '--', 'echo', 'here')).stdout).toBe('here\n');
  }
  for (const command of [
    ['router', 'apply'],
    ['host', 'provision', '--all'],
  ]) {
    const { code, stdout, stderr } = await fleet.cli(...command, '--dry-run', '--exit-code');
    if (code !== 0) throw new Error(`${command.join(' ')} has something left to do (${code}):\n${stdout}\n${stderr}`);
  }
}

/** The fleet file without the host that a case added. */
export const withoutExtra = (text: string): string => text.replace(EXTRA, '');

/** Removes what a case added, so that the next one can add it again. */
export async function tidy({ fleet }: Ground): Promise<void> {
  const text = await readFile(fleetFile(fleet), 'utf8');
  if (!text.includes(EXTRA)) return;
  await fleet.ok('host', 'destroy', 'app-2', '--yes');
  await writeFile(fleetFile(fleet), withoutExtra(text));
}
