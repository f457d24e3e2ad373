import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baseImage } from '../../../../src/providers/docker/image.js';
import { Engine } from '../../../../src/providers/docker/engine.js';
import { choosePort, portTaken } from '../../../../src/providers/docker/ports.js';
import { sizeFlags } from '../../../../src/providers/docker/sizes.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a machine without the docker command says so', async () => {
  await expect(new Engine(undefined, { PATH: dir }).run(['ps'])).rejects.toMatchObject({
    code: 'NO_DOCKER',
    hint: expect.stringContaining('local') as string,
  });
});

test.each([
  ['debian-12', undefined, 'debian:12'],
  ['ubuntu-24.04', undefined, 'ubuntu:24.04'],
  [undefined, undefined, 'debian:12'],
  ['registry.example/base:1', undefined, 'registry.example/base:1'],
  ['debian-12', 'own:1', 'own:1'],
])('image %s with providers.docker.image %s starts from %s', (image, configured, base) => {
  expect(baseImage(image, configured)).toBe(base);
});

test('a size is processors and memory', () => {
  expect(sizeFlags(undefined, 'a')).toEqual([]);
  expect(sizeFlags('1.5cpu-512m', 'a')).toEqual(['--cpus', '1.5', '--memory', '512m']);
  expect(() => sizeFlags('t3.micro', 'app-1')).toThrow(expect.objectContaining({ where: 'hosts.app-1.size' }) as Error);
});

test('a range without a free port says which key widens it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(choosePort([port, port], [])).rejects.toMatchObject({
    code: 'NO_PORT',
    hint: expect.stringContaining('providers.docker.ports') as string,
  });
  await new Promise((resolve) => server.close(resolve));
  expect(await choosePort([port, port], [])).toBe(port);
  await expect(choosePort([port, port], [port])).rejects.toMatchObject({ code: 'NO_PORT' });
});

test('what the engine says of a taken port names the port', () => {
  const said =
    'Error response from daemon: driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:8080 failed: port is already allocated';
  expect(portTaken(said, 'router-1')?.message).toBe('Port 8080 of 127.0.0.1, which router-1 publishes, is taken.');
  expect(portTaken('Error: no space left on device', 'router-1')).toBeUndefined();
});
