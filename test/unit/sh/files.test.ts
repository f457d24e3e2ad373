import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostScript } from '../../../src/core/host-script.js';
import { HOST_SCRIPTS, HOSTILE, HostShell } from '../../helpers/host-shells.js';

const shells = mkdtempSync(join(tmpdir(), 'shells-'));
afterAll(() => rmSync(shells, { recursive: true, force: true }));

describe.each(HostShell.all(shells).map((shell) => ({ shell, name: shell.name })))('$name', ({ shell }) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "it's a folder "));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test.each(HOST_SCRIPTS)('%s is sent as one text, which the shell can read', (name) => {
    const text = hostScript(name);
    expect(text).not.toMatch(/^\. "\$\{0|^#!/m);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
    expect(shell.parses(text)).toBe(true);
  });

  test('remove-tree removes what it is given and nothing else, whatever its name', () => {
    for (const name of HOSTILE) {
      mkdirSync(join(dir, name, 'inside'), { recursive: true });
      writeFileSync(join(dir, 'kept'), '');
      // A relative name is the worst: it may begin with a dash.
      expect(shell.run('remove-tree', [name], { cwd: dir })).toMatchObject({ code: 0, stderr: '' });
      expect(readdirSync(dir)).toEqual(['kept']);
    }
    expect(shell.run('remove-tree', [join(dir, 'absent')]).code).toBe(0);
  });

  test('folder-remove takes the names it is given and leaves, and tells, the rest', () => {
    for (const name of ['router.json', 'router.json.kept', '.router.json.new', 'routes', '.fanops-draft', 'mine here'])
      writeFileSync(join(dir, name), '');
    const { code, stdout } = shell.run('folder-remove', [dir, 'router.json', 'routes', 'logs']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'mine here\n' });
    expect(readdirSync(dir)).toEqual(['mine here']);
    rmSync(join(dir, 'mine here'));
    expect(shell.run('folder-remove', [dir, 'routes']).stdout).toBe('');
    expect(existsSync(dir)).toBe(false);
    expect(shell.run('folder-remove', [dir, 'routes'])).toMatchObject({ code: 0, stdout: '' });
  });

  test('folder-service tells what lies there, and whether fanops made it', () => {
    const look = (): string[] => shell.run('folder-service', [dir]).stdout.split('\n').filter(Boolean);
    expect(look()).toEqual([]);
    mkdirSync(join(dir, 'releases/r1'), { recursive: true });
    writeFileSync(join(dir, 'releases/r1/release.json'), '{}');
    symlinkSync('releases/r1', join(dir, 'current'));
    writeFileSync(join(dir, 'service.json'), '{"release":"r1","run":"x"}');
    writeFileSync(join(dir, 'service.json.new.1'), 'a draft');
    expect(look()).toEqual(['link current', 'dir releases', 'file service.json', 'proof', 'proof']);
    writeFileSync(join(dir, 'service.json'), '{}');
    rmSync(join(dir, 'current'));
    symlinkSync('/etc', join(dir, 'current'));
    expect(look().slice(-3)).toEqual(['proof', 'not service.json', 'not current']);
    expect(shell.run('folder-service', [join(dir, 'absent')])).toMatchObject({ code: 0, stdout: '' });
    expect(shell.run('folder-service', [join(dir, 'service.json')]).stdout).toBe(`other ${dir}/service.json\n`);
  });

  test('folder-router tells what lies there, and whether fanops made it', () => {
    const look = (): string => shell.run('folder-router', [dir]).stdout.trim().split('\n').at(-1) ?? '';
    writeFileSync(join(dir, 'router.cjs'), 'reads holder.json');
    expect(look()).toBe('file router.cjs');
    writeFileSync(join(dir, 'router.json'), '{"mark":"x"}');
    expect(look()).toBe('proof');
    writeFileSync(join(dir, 'router.json'), '{}');
    expect(look()).toBe('not router.json');
    writeFileSync(join(dir, 'router.cjs'), 'of somebody');
    expect(look()).toBe('not router.cjs');
  });

  test('put-file puts the whole input there with its mode; a cut one leaves what was there', () => {
    for (const name of HOSTILE) {
      const file = join(dir, 'deep', name);
      const args = (size: number): string[] => [file, join(dir, 'deep'), join(dir, 'deep', '.draft'), '640', `${size}`];
      expect(shell.run('put-file', args(5), { input: 'whole' })).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(file, 'utf8')).toBe('whole');
      expect(statSync(file).mode & 0o777).toBe(0o640);
      const cut = shell.run('put-file', args(50), { input: 'cut' });
      expect(cut).toMatchObject({ code: 1, stderr: 'the input was cut off\n' });
      expect(readFileSync(file, 'utf8')).toBe('whole');
    }
    expect(readdirSync(join(dir, 'deep')).sort()).toEqual([...HOSTILE].sort());
    const taken = shell.run('put-file', [dir, dir, join(dir, '.draft'), '640', '1'], { input: 'x' });
    expect(taken).toMatchObject({ code: 1, stderr: `${dir}: is a directory\n` });
  });

  test('reserve-keep sets room aside once', () => {
    const keep = (): number | null => shell.run('reserve-keep', [dir, '4096', '1024']).code;
    expect(keep()).toBe(0);
    const { size, ino } = statSync(join(dir, 'reserve'));
    expect(size).toBe(4096);
    expect(keep()).toBe(0);
    expect(statSync(join(dir, 'reserve')).ino).toBe(ino);
    expect(readdirSync(dir)).toEqual(['reserve']);
  });

  test('standing lists services whose records are whole, and the router', () => {
    for (const name of ['m1', 'a b'])
      for (const file of ['service.json', 'ecosystem.json']) {
        mkdirSync(join(dir, 'services', name), { recursive: true });
        writeFileSync(join(dir, 'services', name, file), '');
      }
    mkdirSync(join(dir, 'services/half'));
    writeFileSync(join(dir, 'services/half/service.json'), '');
    expect(shell.run('standing', [dir])).toMatchObject({ code: 0, stdout: 'service a b\nservice m1\n' });
    mkdirSync(join(dir, 'router'));
    for (const file of ['router.json', 'ecosystem.json']) writeFileSync(join(dir, 'router', file), '');
    expect(shell.run('standing', [dir]).stdout).toBe('service a b\nservice m1\nrouter\n');
    expect(shell.run('standing', [join(dir, 'absent')])).toMatchObject({ code: 0, stdout: '' });
  });

  test('log-read gives the last lines, all, or those since a time, through rotations', () => {
    const file = join(dir, 'out log');
    const line = (minute: number): string => `{"time":"2026-11-30T10:0${minute}:00Z","message":"${minute}"}\n`;
    writeFileSync(`${file}.2`, line(1));
    writeFileSync(`${file}.1`, line(2) + line(3));
    writeFileSync(file, line(4));
    const read = (...args: string[]): string => shell.run('log-read', [file, ...args]).stdout;
    expect(read('2', '')).toBe(line(3) + line(4));
    expect(read('all', '')).toBe([1, 2, 3, 4].map(line).join(''));
    expect(read('all', '2026-11-30T10:03:00Z')).toBe(line(3) + line(4));
    expect(shell.run('log-read', [join(dir, 'absent'), '2', ''])).toMatchObject({ code: 0, stdout: '' });
  });

  test('lock-* let one holder have a lock, with a number that grows', () => {
    const locks = join(dir, '-locks');
    const lock = (name: string, ...args: string[]): string =>
      shell.run(`lock-${name}`, [locks, ...args], { input: '{"name":"ann"}\n' }).stdout;
    expect(lock('show')).toBe('free 0\n');
    expect(lock('acquire', 'token1', '60', '0')).toBe('acquired 1\n');
    expect(lock('acquire', 'token2', '60', '0')).toMatch(/^held 1 (59|60)\n\{"name":"ann"\}\n$/);
    expect(lock('show')).toMatch(/^held 1 (59|60)\n\{"name":"ann"\}\n$/);
    expect(lock('renew', '1', '90')).toBe('renewed\n');
    expect(lock('show')).toMatch(/^held 1 (89|90)\n/);
    expect(lock('acquire', 'token3', '60', '1')).toBe('acquired 2\n');
    expect(lock('renew', '1', '60')).toBe('lost\n');
    expect(lock('release', '2')).toBe('');
    expect(lock('show')).toBe('free 2\n');
    expect(readdirSync(locks).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('host-facts tells a home with a strange name as it is', () => {
    const { code, stdout } = shell.run('host-facts', [], { env: { HOME: dir } });
    expect(code).toBe(0);
    expect(stdout).toContain(`home=${dir}\n`);
    expect(stdout).toMatch(/^node=v\d+\.\d+\.\d+$/m);
    expect(stdout).toMatch(/^freeKb=\d+$/m);
  });

  test('host-facts tells path and version of a program that it is asked for, whichever way that prints its version', () => {
    const bin = join(dir, 'programs');
    mkdirSync(bin);
    writeFileSync(join(bin, 'toyd'), '#!/bin/sh\n[ "$1" = -v ] && echo "toy version: toy/3.1.4 (2026)" >&2\n', {
      mode: 0o755,
    });
    const facts = (...args: string[]): string[] =>
      shell
        .run('host-facts', args, { env: { HOME: dir, PATH: `${bin}:${process.env.PATH}` } })
        .stdout.split('\n')
        .filter((line) => line.startsWith('program'));
    expect(facts('toyd', '-v')).toEqual([`program=${bin}/toyd`, 'programVersion=3.1.4']);
    expect(facts('toyd', '')).toEqual([`program=${bin}/toyd`]);
    expect(facts('no-such-program', '-v')).toEqual([]);
  });

  test('host-key-make makes a key once, and prints the same at each call', () => {
    const make = (): string => shell.run('host-key-make', [join(dir, 'draft key'), "ann's host"]).stdout;
    expect(make()).toMatch(/^ssh-ed25519 \S+ ann's host\n$/);
    expect(make()).toBe(make());
    expect(statSync(join(dir, 'draft key')).mode & 0o777).toBe(0o600);
  });

  test('boot-state tells one of its three answers', () => {
    expect(shell.run('boot-state', [])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(none|running|done)\n/),
    });
  });
});
