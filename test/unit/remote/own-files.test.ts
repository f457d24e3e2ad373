import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { system } from '../../../src/remote/bootstrap/base.js';
import { LINES, ownFiles } from '../../../src/remote/bootstrap/own-files.js';
import { pm2Unit } from '../../../src/remote/bootstrap/pm2.js';
import { parseLook, task } from '../../../src/remote/bootstrap/task.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'own-files-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const run = ([command = '', ...args]: string[]) => spawnSync(command, args, { encoding: 'utf8' });
const unit = (): string => join(dir, 'fanops-pm2-deploy.service');
const put = (text: string) =>
  run(task({ check: 'true', apply: 'put "$1" 644 "$2" "$3"' }, [unit(), text, LINES.pm2]).apply);

describe('files of the system are overwritten only when they are of fanops', () => {
  test.each([
    ['a unit of somebody else', '[Unit]\nDescription=My services\n'],
    ['an empty file', ''],
    ['one that only speaks of it', '# instead of: Description=Services of deploy, kept by PM2\n'],
  ])('%s stays as it is, and is named', (_what, text) => {
    writeFileSync(unit(), text);
    expect(put(pm2Unit('deploy', '/home/deploy'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${unit()} is there, and is not of fanops`) as string,
    });
    expect(readFileSync(unit(), 'utf8')).toBe(text);
  });

  test('a link to a file elsewhere is not followed', () => {
    writeFileSync(join(dir, 'else'), pm2Unit('deploy', '/home/deploy'));
    symlinkSync(join(dir, 'else'), unit());
    expect(put('x').status).toBe(1);
  });

  test('what fanops wrote, also in an earlier version, is written anew', () => {
    expect(put(pm2Unit('deploy', '/old')).status).toBe(0);
    expect(put(pm2Unit('deploy', '/home/deploy')).status).toBe(0);
    expect(readFileSync(unit(), 'utf8')).toContain('HOME=/home/deploy ');
  });

  test('a host is looked at before anything is changed there: what is foreign is in the plan, and is refused first', () => {
    const files = [
      [unit(), LINES.pm2],
      [join(dir, '60-fanops-ports.conf'), LINES.ports],
    ] as const;
    expect(
      parseLook(run(system('deploy', files).check).stdout).changes.filter((each) => each.includes('not of fanops')),
    ).toEqual([]);
    writeFileSync(files[1][0], 'net.ipv4.ip_forward = 1\n');
    expect(parseLook(run(system('deploy', files).check).stdout).changes).toContainEqual(
      `${files[1][0]} is there, and is not of fanops: it is refused`,
    );
    expect(run(system('deploy', files).apply)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(files[1][0]) as string,
    });
  });

  test.each([
    [LINES.sudoers, 'deploy ALL=(ALL) NOPASSWD:ALL'],
    [LINES.upgrades, 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";'],
    [LINES.ports, 'net.ipv4.ip_unprivileged_port_start = 80'],
    [LINES.firewall, '[Unit]\nDescription=Firewall of fanops\n'],
    [LINES.nodesource, 'Types: deb\nURIs: https://deb.nodesource.com/node_24.x'],
  ])('%s is a line of what earlier versions wrote', (line, text) => {
    expect(new RegExp(line, 'm').test(text)).toBe(true);
    expect(ownFiles('deploy').some(([, known]) => known === line)).toBe(true);
  });
});
