import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runtime } from '../../../../src/runtimes/web/config.js';
import { imageOf } from '../../../../src/runtimes/web/image.js';
import { hostContext } from '../../../helpers/host-context.js';

/** The image of a web app with these files. @param web its section in the fleet file */
async function image(files: Record<string, string>, web = '{}') {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-web-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const { ctx, dispose } = hostContext(
    `
fleet: f
hosts: { app-1: { address: 192.0.2.2, roles: [app] } }
services:
  w: { source: ${JSON.stringify(dir)}, web: ${web}, placements: { box: { platform: docker, host: app-1, port: 80 } } }
`,
    {},
  );
  onTestFinished(dispose);
  return imageOf(ctx, 'w', { background: [] }, {});
}

test('a Node app is installed from its lockfile and started by npm', async () => {
  const { dockerfile, port } = await image({ 'package.json': '{}', 'package-lock.json': '{}' });
  expect(dockerfile).toMatch(/^FROM node:24-slim\n/);
  expect(dockerfile).toContain('RUN npm ci --omit=dev');
  expect(dockerfile).toContain('CMD ["npm","start"]');
  expect(port).toBe(8080);
});

test('a Python app is installed from requirements.txt; a command may be words or a line for sh', async () => {
  const python = await image({ 'requirements.txt': '' }, '{ command: [gunicorn, "app:app"], port: 5000, health: /up }');
  expect(python.dockerfile).toContain('pip install --no-cache-dir -r requirements.txt');
  expect(python.dockerfile).toContain('EXPOSE 5000\nCMD ["gunicorn","app:app"]');
  expect(python.health).toEqual({ path: '/up', tellsRelease: false });
  const line = await image({}, '{ command: "./server --port $PORT" }');
  expect(line.dockerfile).toContain('CMD ["sh","-c","exec ./server --port $PORT"]');
});

test('a Dockerfile of its own is used as it is, at the port that it exposes', async () => {
  const own = await image({ Dockerfile: 'FROM scratch\nEXPOSE 8000/tcp\n', 'package.json': '{}' });
  expect([own.dockerfile, own.port]).toEqual([undefined, 8000]);
});

test('a server of which nothing says how it starts is refused with the way out', async () => {
  await expect(image({ 'main.c': '' })).rejects.toMatchObject({
    code: 'NO_COMMAND',
    where: 'services.w.web.command',
    hint: expect.stringContaining('Dockerfile') as string,
  });
  await expect(image({ Dockerfile: '' }, '{ command: x }')).rejects.toThrow('a Dockerfile of its own');
});

test('a package without a start script is no web app', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-web-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'package.json'), '{"scripts":{"test":"x"}}');
  expect(await runtime.detect(dir)).toBe(false);
});
