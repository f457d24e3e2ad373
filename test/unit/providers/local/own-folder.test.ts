import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLocalProvider } from '../../../../src/providers/local/index.js';
import { isOwnFolder } from '../../../../src/providers/local/own-folder.js';
import { hostPaths } from '../../../../src/providers/local/paths.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'own-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string): void => {
  mkdirSync(join(root, 'f/app-1', path, '..'), { recursive: true });
  writeFileSync(join(root, 'f/app-1', path), 'text');
};

test('a folder that somebody has where a local host is to be is neither used for it nor removed with it', async () => {
  const instances = createLocalProvider({ root, portRange: [43_000, 43_010] }).instances!;
  write('notes.txt');
  await expect(instances.create({ name: 'app-1', fleet: 'f', roles: ['app'], runId: 'r' })).rejects.toMatchObject({
    code: 'CONFLICT',
    exitCode: 5,
    where: join(root, 'f/app-1'),
  });
  await instances.destroy('f', 'app-1');
  expect(readFileSync(join(root, 'f/app-1/notes.txt'), 'utf8')).toBe('text');
  expect(existsSync(join(root, 'f/app-1/home'))).toBe(false);
});

test("a folder of the fleet's name with keys of somebody else is neither used nor emptied", async () => {
  const instances = createLocalProvider({ root, portRange: [43_000, 43_010] }).instances!;
  mkdirSync(join(root, 'f'));
  writeFileSync(join(root, 'f/id_ed25519'), 'a key of mine');
  await instances.destroy('f', 'app-1');
  const refused = { code: 'CONFLICT', exitCode: 5, where: join(root, 'f') };
  await expect(instances.create({ name: 'app-1', fleet: 'f', roles: ['app'], runId: 'r' })).rejects.toMatchObject(
    refused,
  );
  mkdirSync(join(root, 'f/photos'));
  writeFileSync(join(root, 'f/photos/1.jpg'), 'x');
  await expect(instances.create({ name: 'app-1', fleet: 'f', roles: ['app'], runId: 'r' })).rejects.toMatchObject(
    refused,
  );
  expect(readFileSync(join(root, 'f/id_ed25519'), 'utf8')).toBe('a key of mine');
  expect(existsSync(join(root, 'f/app-1'))).toBe(false);
});

test('what a create leaves that was cut short is its own, and so is a home that was prepared', async () => {
  const paths = hostPaths(root, 'f', 'app-1');
  expect(isOwnFolder(paths)).toBe(true);
  for (const name of [
    'home/disk',
    'tmp/x',
    'ssh_host_ed25519_key',
    'ssh_host_ed25519_key.pub',
    'authorized_keys.0a1b2c3d4e5f.tmp',
  ])
    write(name);
  expect(isOwnFolder(paths)).toBe(true);
  await createLocalProvider({ root, portRange: [43_000, 43_010] }).instances!.destroy('f', 'app-1');
  expect(existsSync(paths.dir)).toBe(false);
});

test("a folder with the record of a host is that host's, whatever else is in it", () => {
  write('server.log');
  expect(isOwnFolder(hostPaths(root, 'f', 'app-1'))).toBe(false);
  writeFileSync(join(root, 'f/app-1/host.json'), JSON.stringify({ name: 'app-1', fleet: 'f', port: 43_000 }));
  expect(isOwnFolder(hostPaths(root, 'f', 'app-1'))).toBe(true);
});
