import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { login, swap, system, timeSync, updates } from '../../../src/remote/bootstrap/base.js';
import { firewall, ruleset } from '../../../src/remote/bootstrap/firewall.js';
import { node, NODE_SOURCES } from '../../../src/remote/bootstrap/node.js';
import { pm2, pm2Unit } from '../../../src/remote/bootstrap/pm2.js';
import { docker, engineProgram, lowPorts } from '../../../src/remote/bootstrap/roles.js';
import { parseLook, type BootstrapTask } from '../../../src/remote/bootstrap/task.js';

const odd = 'o\'dd $(touch x) "q" \\';
const tasks: Record<string, BootstrapTask> = {
  system: system(odd),
  login: login(odd, [odd], [odd], true),
  time: timeSync(),
  updates: updates(),
  swap: swap(),
  pm2: pm2('deploy', odd),
  nginx: engineProgram('nginx', 'nginx-light'),
  haproxy: engineProgram('haproxy', 'haproxy'),
  ports: lowPorts(80),
  docker: docker('deploy'),
  firewall: firewall([{ protocol: 'tcp', ports: [22, 22], from: ['0.0.0.0/0'] }]),
  ...Object.fromEntries(NODE_SOURCES.map((source) => [source, node(20, source, odd)])),
};

test.each(Object.keys(tasks))('the scripts of %s are plain sh, and take what varies as arguments', (name) => {
  for (const argv of [tasks[name]!.check, tasks[name]!.apply]) {
    const [shell, flag, script] = argv as [string, string, string];
    expect([shell, flag]).toEqual(['sh', '-c']);
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(script).not.toContain(odd);
  }
});

test('a look tells what is missing and what is there', () => {
  expect(parseLook('change Node 20 or newer\nnoise\ndone npm\nchange npm\n')).toEqual({
    changes: ['Node 20 or newer', 'npm'],
    details: ['npm'],
  });
});

test('looking for Node tells versions apart', () => {
  const look = (major: number): unknown =>
    parseLook(execFileSync('sh', node(major, 'copy').check.slice(1), { encoding: 'utf8', env: process.env }));
  expect(look(18)).toMatchObject({ changes: [] });
  expect(look(99)).toEqual({ changes: [`Node 99 or newer, in place of ${process.version}`], details: [] });
});

test('the rules inside the machine', () => {
  const text = ruleset([
    { protocol: 'tcp', ports: [22, 22], from: ['0.0.0.0/0'] },
    { protocol: 'tcp', ports: [3000, 3001], from: ['10.0.0.1/32', 'fd00::1/128'] },
    { protocol: 'udp', ports: [1194, 1194], from: ['10.0.0.0/8'] },
  ]);
  expect(text.split('\n').slice(10, -2)).toEqual([
    '    tcp dport 22 accept',
    '    ip saddr { 10.0.0.1/32 } tcp dport 3000-3001 accept',
    '    ip6 saddr { fd00::1/128 } tcp dport 3000-3001 accept',
    '    ip saddr { 10.0.0.0/8 } udp dport 1194 accept',
  ]);
});

test('the unit runs as the login, when there is something to bring back', () => {
  const unit = pm2Unit('deploy', '/home/deploy');
  expect(unit).toContain('User=deploy');
  expect(unit).toContain('ConditionPathExists=/home/deploy/.pm2/dump.pm2');
});

/** Runs a script of a task where `systemctl` only writes down what it is asked, and the program is there. */
function withSystemctl(script: readonly string[], enabled: boolean): { said: string; asked: string } {
  const [, , text = '', ...args] = script;
  const fakes = `nginx() { :; }; systemctl() { echo "systemctl $*" >&2; ${enabled ? 'true' : '[ "$1" != is-enabled ]'}; }\n`;
  const { stdout, stderr } = spawnSync('sh', ['-c', `${fakes}${text}`, ...args], { encoding: 'utf8' });
  return { said: stdout, asked: stderr };
}

test('an nginx that somebody had before stays on: it may serve his users', () => {
  const looked = withSystemctl(engineProgram('nginx', 'nginx-light').check, true).said;
  expect(parseLook(looked)).toEqual({
    changes: [],
    details: ['nginx', "the nginx of the system is not fanops' own and stays as it is"],
  });
  expect(parseLook(withSystemctl(engineProgram('nginx', 'nginx-light').check, false).said)).toEqual({
    changes: [],
    details: ['nginx'],
  });
  expect(withSystemctl(engineProgram('nginx', 'nginx-light').apply, true).asked).not.toContain('disable');
});
