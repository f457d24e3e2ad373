import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CheckedFiles } from '../../../src/fleet/checked-files.js';
import { loadFleet } from '../../../src/fleet/load.js';
import { REGISTRY } from '../../helpers/modules.js';

const TEXT = 'fleet: shop\nhosts:\n  app-1: { provider: local, roles: [app] }\n';
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fanops-checked-'));
  file = join(dir, 'fanops.yaml');
  writeFileSync(file, TEXT);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const cached = (): string[] => readdirSync(join(dir, '.fanops/cache'));

test('reading a fleet file makes no state folder', async () => {
  await loadFleet(file, REGISTRY);
  expect(readdirSync(dir)).toEqual(['fanops.yaml']);
});

test('what was found right is read again without a check, and is the same', async () => {
  mkdirSync(join(dir, '.fanops'));
  const first = await loadFleet(file, REGISTRY);
  expect(cached()).toHaveLength(1);
  expect(statSync(join(dir, '.fanops/cache', cached()[0]!)).mode & 0o777).toBe(0o600);
  const again = await loadFleet(file, REGISTRY);
  expect(again.config).toEqual(first.config);
  expect(again.hash).toBe(first.hash);
});

test('another text is checked; of each file one text is kept', async () => {
  mkdirSync(join(dir, '.fanops'));
  await loadFleet(file, REGISTRY);
  const [old] = cached();
  writeFileSync(file, `${TEXT}nonsense: 1\n`);
  await expect(loadFleet(file, REGISTRY)).rejects.toMatchObject({ code: 'FLEET_FILE' });
  writeFileSync(file, TEXT.replace('shop', 'store'));
  expect((await loadFleet(file, REGISTRY)).name).toBe('store');
  expect(cached()).toHaveLength(1);
  expect(cached()).not.toEqual([old]);
  writeFileSync(join(dir, 'fanops.prod.yaml'), 'fleet: prod\n');
  expect((await loadFleet(file, REGISTRY, { environment: 'prod' })).name).toBe('prod');
  expect((await loadFleet(file, REGISTRY)).name).toBe('store');
  expect(cached()).toHaveLength(2);
});

test('a cache that is cut off or cannot be written is no cache', async () => {
  mkdirSync(join(dir, '.fanops'));
  await loadFleet(file, REGISTRY);
  writeFileSync(join(dir, '.fanops/cache', cached()[0]!), '{"fleet": "sh');
  expect((await loadFleet(file, REGISTRY)).name).toBe('shop');
  rmSync(join(dir, '.fanops/cache'), { recursive: true });
  writeFileSync(join(dir, '.fanops/cache'), 'a file');
  expect((await loadFleet(file, REGISTRY)).name).toBe('shop');
  chmodSync(join(dir, '.fanops'), 0o500);
  expect((await loadFleet(file, REGISTRY)).name).toBe('shop');
  chmodSync(join(dir, '.fanops'), 0o700);
});

test('it is kept by the text, not by the name of the file alone', async () => {
  mkdirSync(join(dir, '.fanops'));
  const one = new CheckedFiles(dir, [{ file, text: TEXT }]);
  await one.remember({ fleet: 'shop', hosts: {} });
  expect(await new CheckedFiles(dir, [{ file, text: TEXT }]).recall()).toEqual({ fleet: 'shop', hosts: {} });
  expect(await new CheckedFiles(dir, [{ file, text: `${TEXT} ` }]).recall()).toBeUndefined();
  expect(
    await new CheckedFiles(dir, [
      { file, text: TEXT },
      { file: `${file}2`, text: '' },
    ]).recall(),
  ).toBeUndefined();
});

test('a file that asks for a version is looked at again by another one', async () => {
  mkdirSync(join(dir, '.fanops'));
  writeFileSync(file, `fanops: ">=0.2"\n${TEXT}`);
  expect((await loadFleet(file, REGISTRY, { version: '0.2.0' })).name).toBe('shop');
  await expect(loadFleet(file, REGISTRY, { version: '0.1.0' })).rejects.toMatchObject({ code: 'VERSION' });
  expect((await loadFleet(file, REGISTRY, { version: '0.2.0' })).name).toBe('shop');
  await expect(loadFleet(file, REGISTRY, { version: '0.1.0' })).rejects.toMatchObject({ code: 'VERSION' });
});
