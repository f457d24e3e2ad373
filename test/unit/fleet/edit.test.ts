import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addToFleetFile, addToFleetText } from '../../../src/fleet/edit.js';
import { REGISTRY } from '../../helpers/modules.js';

const TEXT = `# The fleet of the shop.
fleet: shop   # its name

hosts:
  # the first one
  app-1: { provider: local, roles: [app] }   # small

  # nothing behind this line
services: {}
`;
const HOST = { path: ['hosts', 'app-2'], value: { provider: 'local', roles: ['app'] } } as const;
const SERVICE = {
  path: ['services', 'm1'],
  value: { source: './m1', placements: { vm: { platform: 'pm2', host: 'app-1', port: 3000 } } },
} as const;

test('a host comes behind the last one; every other byte stays', async () => {
  expect(await addToFleetText(TEXT, 'f.yaml', REGISTRY, HOST)).toBe(
    TEXT.replace('   # small\n', `   # small\n  app-2:\n    provider: local\n    roles:\n      - app\n`),
  );
});

test('a service goes into an empty section, into a new one, and into one with entries', async () => {
  const entry =
    '\n  m1:\n    source: ./m1\n    placements:\n      vm:\n        platform: pm2\n        host: app-1\n        port: 3000\n';
  const filled = await addToFleetText(TEXT, 'f.yaml', REGISTRY, SERVICE);
  expect(filled).toBe(TEXT.replace('services: {}\n', `services:${entry}`));
  expect(await addToFleetText(TEXT.replace('services: {}\n', ''), 'f.yaml', REGISTRY, SERVICE)).toBe(
    `${TEXT.replace('services: {}\n', '')}\nservices:${entry}`,
  );
  const second = {
    path: ['services', 'm2'],
    value: { source: './m2', placements: { vm: { platform: 'pm2', host: 'app-1', port: 3001 } } },
  } as const;
  expect(await addToFleetText(filled, 'f.yaml', REGISTRY, second)).toBe(
    `${filled}${entry.slice(1).replaceAll('m1', 'm2').replace('3000', '3001')}`,
  );
});

test('a section in one line is written anew, with its comments', async () => {
  const flow = 'fleet: shop # its name\nhosts: { app-1: { provider: local, roles: [app] } } # all\n';
  const added = await addToFleetText(flow, 'f.yaml', REGISTRY, HOST);
  expect(added).toContain('# its name');
  expect(added).toContain('# all');
  expect(added).toContain('app-2');
});

test('lines keep their ends, also without one at the end of the file', async () => {
  const windows = 'fleet: shop\r\nhosts:\r\n  app-1: { provider: local, roles: [app] }';
  expect(await addToFleetText(windows, 'f.yaml', REGISTRY, HOST)).toBe(
    `${windows}\r\n  app-2:\r\n    provider: local\r\n    roles:\r\n      - app\r\n`,
  );
});

test('a name that is there, and a result that is no fleet file, are refused', async () => {
  await expect(addToFleetText(TEXT, 'f.yaml', REGISTRY, { ...HOST, path: ['hosts', 'app-1'] })).rejects.toThrow(
    'f.yaml has hosts.app-1 already.',
  );
  await expect(
    addToFleetText(TEXT, 'f.yaml', REGISTRY, { ...HOST, value: { provider: 'local', rolls: ['app'] } }),
  ).rejects.toThrow('Did you mean "roles"?');
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fanops-edit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the file keeps its mode, a link stays a link, and no draft is left', async () => {
  const file = join(dir, 'fanops.yaml');
  const link = join(dir, 'link.yaml');
  writeFileSync(file, TEXT, { mode: 0o640 });
  symlinkSync('fanops.yaml', link);
  const fleet = await addToFleetFile(link, REGISTRY, HOST);
  expect(fleet.hostNames()).toEqual(['app-1', 'app-2']);
  expect(readFileSync(file, 'utf8')).toContain('app-2:');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(dir).sort()).toEqual(['fanops.yaml', 'link.yaml']);
});

test('a file that would become invalid is left alone', async () => {
  const file = join(dir, 'fanops.yaml');
  writeFileSync(file, TEXT);
  await expect(addToFleetFile(file, REGISTRY, { ...HOST, value: { roles: ['app'] } })).rejects.toThrow(
    'needs a provider or an address',
  );
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
});
