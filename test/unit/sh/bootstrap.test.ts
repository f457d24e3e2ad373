import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { login, swap, system, timeSync, updates } from '../../../src/remote/bootstrap/base.js';
import { firewall } from '../../../src/remote/bootstrap/firewall.js';
import { node, NODE_SOURCES } from '../../../src/remote/bootstrap/node.js';
import { pm2 } from '../../../src/remote/bootstrap/pm2.js';
import { docker, engineProgram, lowPorts } from '../../../src/remote/bootstrap/roles.js';
import { HOST_SCRIPTS, HostShell } from '../../helpers/host-shells.js';

const shells = mkdtempSync(join(tmpdir(), 'shells-'));
afterAll(() => rmSync(shells, { recursive: true, force: true }));

/** Arguments of each task, as it is really called: those behind `sh -c TEXT NAME`. */
const ARGS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    system: system('deploy'),
    login: login("dep'loy", ['ssh-ed25519 AAAA "a b"'], ["ssh-ed25519 BBBB it's"], false),
    'time-sync': timeSync(),
    updates: updates(),
    swap: swap(),
    firewall: firewall([{ protocol: 'tcp', ports: [22, 22], from: ['192.0.2.0/24'] }]),
    engine: engineProgram('nginx', 'nginx-light'),
    'low-ports': lowPorts(80),
    docker: docker('deploy'),
    pm2: pm2('deploy'),
    node: node(22, 'distribution'),
  }).map(([name, { check }]) => [name, check.slice(4)]),
);
const CHECKS = HOST_SCRIPTS.filter((name) => name.startsWith('bootstrap/') && name.endsWith('-check'));

test('every look has its work, and the other way round', () => {
  const works = HOST_SCRIPTS.filter((name) => name.endsWith('-apply')).map((name) => name.replace('-apply', '-check'));
  expect([...works, 'bootstrap/node-check'].sort()).toEqual([...CHECKS].sort());
  expect(
    Object.keys(ARGS)
      .map((name) => `bootstrap/${name}-check`)
      .sort(),
  ).toEqual([...CHECKS].sort());
  for (const source of NODE_SOURCES) expect(HOST_SCRIPTS).toContain(`bootstrap/node-${source}`);
  expect(engineProgram('haproxy', 'haproxy').apply.slice(4)).toEqual(['haproxy', 'haproxy']);
});

describe.each(HostShell.all(shells).map((shell) => ({ shell, name: shell.name })))('$name', ({ shell }) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "it's a folder "));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test.each(CHECKS)('%s looks at this machine and tells what is there and what is missing', (name) => {
    const args = ARGS[name.replace(/^bootstrap\/|-check$/g, '')] ?? [];
    const { code, stdout, stderr } = shell.run(name, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.split('\n').filter(Boolean)) expect(line).toMatch(/^(change|done) \S/);
  });

  test('system-apply refuses a file of somebody, and leaves it as it is', () => {
    const file = join(dir, 'a file');
    writeFileSync(file, 'of somebody\n');
    const refused = shell.run('bootstrap/system-apply', [file, '^By fanops$']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${file} is there, and is not of fanops: it is left alone.`);
    expect(readFileSync(file, 'utf8')).toBe('of somebody\n');
    expect(shell.run('bootstrap/system-check', [file, '^By fanops$']).stdout).toContain(`change ${file} is there`);
    writeFileSync(file, 'By fanops\n');
    expect(shell.run('bootstrap/system-check', [file, '^By fanops$']).stdout).not.toContain(file);
  });
});
