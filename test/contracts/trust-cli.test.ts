import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { confined, findNetworkless } from '../../src/runtimes/npm/confined.js';
import { cli, type CliResult } from '../helpers/cli.js';

const FLEET = `fleet: cloned
hooks: { beforeDeploy: touch ran }
hosts:
  app-1: { address: 127.0.0.1, port: 9, roles: [app] }
  router-1: { address: 127.0.0.1, port: 9, roles: [router] }
router: { host: router-1, listen: 8080 }
services:
  m1:
    source: ./m1
    route: { path: /api }
    settings: { TOKEN: "cmd:touch ran; echo secret" }
    placements:
      azure: { platform: azure-functions, url: "http://127.0.0.1:9" }
      vm: { platform: pm2, host: app-1, port: 3000 }
`;

describe('a cloned fleet runs nothing before it is trusted', () => {
  let home: string;
  let dir: string;
  const fanops = (args: string[], env: NodeJS.ProcessEnv = {}, cwd = dir): Promise<CliResult> =>
    cli(args, {
      cwd,
      env: {
        HOME: home,
        XDG_STATE_HOME: join(home, 'state'),
        FANOPS_TRUST: '',
        SSH_AUTH_SOCK: '',
        FANOPS_OPERATOR: 'tester',
        ...env,
      },
    });
  const write = (from = '', to = ''): void => writeFileSync(join(dir, 'fanops.yaml'), FLEET.replace(from, to));
  const ran = (): boolean => existsSync(join(dir, 'ran'));

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fo-trust-'));
    dir = join(home, 'clone');
    mkdirSync(join(dir, 'm1'), { recursive: true });
    writeFileSync(join(dir, 'm1/package.json'), '{"name":"m1","main":"index.js"}');
    writeFileSync(join(dir, 'm1/host.json'), '{"version":"2.0"}');
    writeFileSync(join(dir, 'm1/index.js'), `require('fs').writeFileSync(${JSON.stringify(join(dir, 'ran'))}, 'x');`);
    mkdirSync(join(dir, 'm1/node_modules'));
    write();
  });
  afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  test('doctor, a dry run of a migration, a hook and a run that is resumed end with 5 and the command; nothing ran', async () => {
    for (const args of [
      ['doctor'],
      ['migrate', 'm1', '--dry-run'],
      ['deploy', 'm1', '--yes'],
      ['runs', 'resume', 'x'],
      ['exec', 'app-1', '--', 'id'],
      ['lock', 'break', 'x', '--yes'],
    ]) {
      const { code, stderr } = await fanops(args);
      expect([code, ran()], stderr).toEqual([5, false]);
      expect(stderr).toContain('fanops trust');
      const text = stderr.replaceAll(/\s+/g, ' ');
      expect(text).toContain('services.m1.settings.TOKEN: runs here: touch ran; echo secret');
      expect(text).toContain('hooks.beforeDeploy: runs here: touch ran');
      expect(text).toContain('hosts.app-1: is 127.0.0.1:9');
    }
  });

  test('what runs nothing needs no trust', async () => {
    expect((await fanops(['config', 'show'])).code).toBe(0);
    expect((await fanops(['runs', 'list'])).code).toBe(0);
    expect((await fanops(['status'])).code).toBe(3);
    expect(ran()).toBe(false);
  });

  test('it is asked once for a folder and a content: a port may change, a command may not; and it can be revoked', async () => {
    expect((await fanops(['trust'])).code).toBe(0);
    await fanops(['doctor']);
    expect(ran()).toBe(true);
    write('port: 3000', 'port: 3001');
    expect((await fanops(['doctor'])).code).not.toBe(5);
    for (const [from, to] of [
      ['cmd:touch ran', 'cmd:touch other'],
      ['cmd:touch ran; echo secret', 'file:../key'],
      ['cmd:touch ran; echo secret', 'env:AWS_SECRET_ACCESS_KEY'],
      ['source: ./m1', 'source: ..'],
      ['beforeDeploy: touch ran', 'beforeDeploy: id'],
      ['beforeDeploy', 'afterCutover'],
      ['fleet: cloned', 'fleet: cloned\nsshKeys: [ssh-ed25519 AAAA]'],
    ] as const) {
      write(from, to);
      expect((await fanops(['doctor'])).code, to).toBe(5);
    }
    write();
    writeFileSync(
      join(dir, 'm1/package.json'),
      '{"name":"m1","main":"index.js","scripts":{"postinstall":"touch ran"}}',
    );
    expect((await fanops(['migrate', 'm1', '--dry-run'])).code).toBe(5);
    writeFileSync(join(dir, 'm1/package.json'), '{"name":"m1","main":"index.js"}');
    expect((await fanops(['doctor'])).code).not.toBe(5);
    await fanops(['trust', '--revoke']);
    expect((await fanops(['doctor'])).code).toBe(5);
    const records = join(home, 'state/fanops');
    expect(statSync(records).mode & 0o077).toBe(0);
  }, 60_000);

  test('another folder, and an environment that brings a command, are asked for again', async () => {
    await fanops(['trust', '--yes']);
    writeFileSync(join(dir, 'fanops.prod.yaml'), 'hooks: { beforeFinish: touch ran }\n');
    expect((await fanops(['doctor', '-e', 'prod'])).code).toBe(5);
    cpSync(dir, join(home, 'copy'), { recursive: true });
    expect((await fanops(['doctor'], {}, join(home, 'copy'))).code).toBe(5);
  });

  test('in CI the hash says it, by flag or variable; another one does not', async () => {
    const { hash } = JSON.parse((await fanops(['trust', '--dry-run', '--json'])).stdout) as { hash: string };
    expect((await fanops(['doctor', '--trust', hash])).code).not.toBe(5);
    expect((await fanops(['doctor'], { FANOPS_TRUST: hash })).code).not.toBe(5);
    expect((await fanops(['doctor'], { FANOPS_TRUST: dir })).code).not.toBe(5);
    expect((await fanops(['doctor'], { FANOPS_TRUST: `${dir}-other` })).code).toBe(5);
    expect((await fanops(['doctor', '--trust', hash.replace(/^./, 'x')])).code).toBe(5);
    expect((await fanops(['doctor'])).code).toBe(5);
  });

  test('state that came with the clone is set aside, with its host keys and runs, and taken back only when the user says so', async () => {
    mkdirSync(join(dir, '.fanops'));
    writeFileSync(join(dir, '.fanops/known_hosts'), '[127.0.0.1]:9 ssh-ed25519 AAAA');
    writeFileSync(join(dir, '.fanops/runs.db'), 'not a database');
    const first = await fanops(['runs', 'list']);
    expect(
      [
        first.code,
        readdirSync(dir)
          .filter((name) => name.startsWith('.fanops'))
          .sort(),
      ],
      first.stderr,
    ).toEqual([0, ['.fanops', '.fanops.aside-1']]);
    expect(first.stderr.replaceAll(/\s+/g, ' ')).toContain('fanops trust --state .fanops.aside-1');
    expect(existsSync(join(dir, '.fanops/known_hosts'))).toBe(false);
    const second = await fanops(['runs', 'list']);
    expect([second.code, second.stderr]).toEqual([0, '']);
    expect((await fanops(['trust', '--state', '.fanops.aside-1', '--yes'])).code).toBe(0);
    expect(readFileSync(join(dir, '.fanops/known_hosts'), 'utf8')).toContain('AAAA');
  });

  test('a run in a state folder that was set aside is found by its id, and the command is named that takes it back', async () => {
    const id = '20300101-000000-abcde';
    mkdirSync(join(dir, '.fanops/env/prod'), { recursive: true });
    writeFileSync(join(dir, '.fanops/env/prod/runs.db'), `not a database ${'x'.repeat(70_000)} ${id} and more`);
    await fanops(['trust', '--yes']);
    for (const args of [
      ['runs', 'show', id],
      ['runs', 'resume', id],
      ['runs', 'undo', id, '--yes'],
    ]) {
      const { code, stderr } = await fanops(args);
      expect([code, stderr.replaceAll(/\s+/g, ' ')], args.join(' ')).toEqual([
        2,
        expect.stringContaining('fanops trust --state .fanops.aside-1'),
      ]);
    }
    expect((await fanops(['runs', 'show', '20300101-000000-other'])).stderr).not.toContain('--state');
  });

  test('a state folder that is not there, or not of this fleet, is refused before anything is asked', async () => {
    await fanops(['runs', 'list']);
    mkdirSync(join(home, 'else/.fanops'), { recursive: true });
    for (const [name, says] of [
      ['nowhere', 'is no state folder of this fleet'],
      ['../else/.fanops', 'is no state folder of this fleet'],
      ['m1', 'is no state folder of yours'],
    ]) {
      const { code, stderr } = await fanops(['trust', '--state', name!]);
      expect([code, stderr.replaceAll(/\s+/g, ' ')], name).toEqual([2, expect.stringContaining(says!)]);
    }
    expect(readdirSync(dir).filter((name) => name.startsWith('.fanops'))).toEqual(['.fanops']);
  });

  test('a folder of records that cannot be written is named, with the variable that sets another', async () => {
    writeFileSync(join(home, 'file'), '');
    for (const [args, state] of [
      [['runs', 'list'], join(home, 'file')],
      [['trust', '--yes'], join(home, 'file/below')],
      [['runs', 'list'], '/dev/null'],
    ] as const) {
      const { code, stderr } = await fanops([...args], { XDG_STATE_HOME: state });
      const text = stderr.replaceAll(/\s+/g, ' ');
      expect([code, text], state).toEqual([5, expect.stringContaining('XDG_STATE_HOME')]);
      expect(text).toContain(`${state}/fanops`);
      expect(text).not.toContain('fault of fanops');
    }
    const inHome = await fanops(['runs', 'list'], { HOME: '/dev/null', XDG_STATE_HOME: '' });
    expect([inHome.code, inHome.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
      5,
      expect.stringContaining('/dev/null/.local/state/fanops'),
    ]);
  });

  test('commands that find an old state folder at once set it aside once, and share the new one', async () => {
    for (let round = 1; round <= 3; round += 1) {
      rmSync(join(dir, '.fanops'), { recursive: true, force: true });
      mkdirSync(join(dir, '.fanops'));
      writeFileSync(join(dir, '.fanops/runs.db'), 'not a database');
      const results = await Promise.all([1, 2, 3, 4, 5, 6].map(() => fanops(['runs', 'list'])));
      expect(results.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(results.map(() => [0, '']));
      expect(results.filter(({ stderr }) => stderr.includes('set aside'))).toHaveLength(1);
      expect(readdirSync(dir).filter((name) => name.startsWith('.fanops'))).toHaveLength(1 + round);
    }
  }, 60_000);

  test('a copy of the folder has state that is not known at its place, and links in the state are refused', async () => {
    await fanops(['runs', 'list']);
    cpSync(dir, join(home, 'copy'), { recursive: true });
    await fanops(['runs', 'list'], {}, join(home, 'copy'));
    expect(readdirSync(join(home, 'copy'))).toContain('.fanops.aside-1');
    symlinkSync('/etc/passwd', join(dir, '.fanops/known_hosts'));
    const { code, stderr } = await fanops(['runs', 'list']);
    expect(code, stderr).toBe(5);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('.fanops/known_hosts is a link');
    rmSync(join(dir, '.fanops'), { recursive: true });
    symlinkSync(home, join(dir, '.fanops'));
    expect((await fanops(['runs', 'list'])).code).toBe(5);
  });

  test('commands that start at once in a fresh folder share one state folder', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => fanops(['runs', 'list'])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(readdirSync(dir).filter((name) => name.startsWith('.fanops'))).toEqual(['.fanops']);
  });

  test('the analysis of an app has an empty home, no variable of the user, and ends at its deadline', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'hidden';
    const options = {
      timeout: 20_000,
      maxBuffer: 1 << 20,
      signal: new AbortController().signal,
      networkless: await findNetworkless(),
    };
    const { stdout } = await confined(
      [
        '-e',
        'console.log(JSON.stringify([Object.keys(process.env).sort(), process.env.HOME, require("fs").readdirSync(process.env.HOME)]))',
      ],
      options,
    );
    const [names, at, files] = JSON.parse(stdout) as [string[], string, string[]];
    expect(
      names.filter((name) => !['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ', 'PWD', 'SHLVL', '_'].includes(name)),
    ).toEqual([]);
    expect([at.startsWith(tmpdir()), files, existsSync(at)]).toEqual([true, [], false]);
    await expect(confined(['-e', 'setInterval(() => 0, 1000)'], { ...options, timeout: 500 })).rejects.toMatchObject({
      killed: true,
    });
  });
});
