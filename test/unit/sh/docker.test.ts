import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { HostShell } from '../../helpers/host-shells.js';

const shells = mkdtempSync(join(tmpdir(), 'shells-'));
afterAll(() => rmSync(shells, { recursive: true, force: true }));

/** An engine with two containers, of which the second is the older one; it writes down what is removed. */
const DOCKER = `#!/bin/sh
case "$*" in
  *'label=of=nobody'*) ;;
  'ps --all --quiet --filter ancestor=kept:1') echo c9 ;;
  'ps --all --quiet --filter ancestor='*) ;;
  'ps --all --format'*) echo 'container web' ;;
  'ps --quiet'*) echo c2 ;;
  'ps --all --quiet'*) echo c2; echo c1 ;;
  'network ls --format'*) echo 'network net' ;;
  'network ls --quiet'*) echo n1 ;;
  'volume ls --format'*) echo 'volume state' ;;
  'volume ls --quiet'*) echo state ;;
  "image ls --format image"*) echo 'image app:1' ;;
  'image ls --format'*) echo 'app:1 i1'; echo 'kept:1 i2'; echo '<none>:<none> i3' ;;
  'image ls --quiet app') echo i1 ;;
  'network inspect'*) echo 'network net {"a":"b c"}' ;;
  'volume inspect'*) exit 1 ;;
  'image inspect'*) echo 'image app:1 null' ;;
  'logs --timestamps '*)
    for id; do :; done
    [ "$id" = c2 ] && [ -e "$ENGINE/gone" ] && exit 1
    echo "2026-01-01T00:00:00Z out of $id"; echo "2026-01-01T00:00:00Z {\\"id\\":\\"$id\\"}"
    echo "2026-01-01T00:00:00Z error of $id" >&2 ;;
  *' rm '*|'rm '*) echo "$*" >> "$ENGINE/removed" ;;
esac
`;

describe.each(HostShell.all(shells).map((shell) => ({ shell, name: shell.name })))('$name', ({ shell }) => {
  let dir: string;
  const run = (name: string, ...args: string[]) => shell.run(name, args, { env: { ENGINE: dir, PATH: dir } });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'engine-'));
    writeFileSync(join(dir, 'docker'), DOCKER);
    chmodSync(join(dir, 'docker'), 0o755);
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  });

  test('docker-own tells what has the names of a service, and nothing of what is not there', () => {
    expect(run('docker-own', 'net', 'state', 'app', 'proxy')).toMatchObject({
      code: 0,
      stdout: 'network net {"a":"b c"}\nimage app:1 null\n',
    });
  });

  test('docker-log-read prints one stream of all containers, the oldest first, and a line that is JSON as it is', () => {
    const lines = ['c1', 'c2'].flatMap((id) => [`2026-01-01T00:00:00Z out of ${id}`, `{"id":"${id}"}`]);
    expect(run('docker-log-read', 'out', 'all', '').stdout.trim().split('\n')).toEqual(lines);
    expect(run('docker-log-read', 'out', '3', '').stdout.trim().split('\n')).toEqual(lines.slice(1));
    expect(run('docker-log-read', 'err', 'all', '2026-01-01T00:00:00Z', '--filter', 'a=b').stdout).toBe(
      ['c1', 'c2'].map((id) => `2026-01-01T00:00:00Z error of ${id}\n`).join(''),
    );
  });

  test('docker-log-follow prints the lines of the container that runs', async () => {
    const child = shell.start('docker-log-follow', ['out', '5'], { ENGINE: dir, PATH: dir });
    const printed = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('{"id":"c2"}')) resolve(text);
      });
    });
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    expect(printed).toBe('2026-01-01T00:00:00Z out of c2\n{"id":"c2"}\n');
  });

  test('docker-leftovers lists and removes what has the labels, but an image that others use; nothing without Docker', () => {
    expect(run('docker-leftovers', 'list', 'of=me', 'host=it').stdout).toBe(
      'container web\nnetwork net\nvolume state\nimage app:1\n',
    );
    expect(run('docker-leftovers', 'remove', 'of=me', 'host=it').code).toBe(0);
    expect(readFileSync(join(dir, 'removed'), 'utf8').trim().split('\n')).toEqual([
      'rm --force --volumes c2',
      'rm --force --volumes c1',
      'network rm n1',
      'volume rm state',
      'image rm app:1',
      'image rm i3',
    ]);
    rmSync(join(dir, 'removed'));
    expect(run('docker-leftovers', 'remove', 'of=nobody').code).toBe(0);
    expect(existsSync(join(dir, 'removed'))).toBe(false);
  });

  test('port-look tells a port of another program, at its address or at all, with Node and without', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const look = (address: string, ...more: string[]): string =>
      run('port-look', String(port), address, ...more).stdout.trim();
    expect(['127.0.0.1', '0.0.0.0', '127.0.0.2'].map((address) => look(address))).toEqual([
      'EADDRINUSE',
      'EADDRINUSE',
      'free',
    ]);
    expect(look('127.0.0.1', 'console.log("asked", process.argv[1])')).toBe(`asked ${port}`);
  });
});
