import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, type CliResult } from '../helpers/cli.js';
import { serviceAccount } from '../helpers/gcp.js';

/** A server on this machine that stands for somebody else's: it is named by an address that is not one of the loopback interface. */
describe('a cloud login goes to no address that only the fleet file names', () => {
  let dir: string;
  let server: Server;
  let port: number;
  const logins: string[] = [];
  const status = (env: NodeJS.ProcessEnv = {}, ...args: string[]): Promise<CliResult> =>
    cli(['status', ...args], {
      cwd: dir,
      env: {
        HOME: dir,
        GOOGLE_APPLICATION_CREDENTIALS: join(dir, 'account.json'),
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        ...env,
      },
    });
  const fleet = (providers: Record<string, unknown>, provider = 'gcp'): void =>
    writeFileSync(
      join(dir, 'fanops.yaml'),
      `fleet: trap\nproviders:\n${Object.entries(providers)
        .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`)
        .join('')}hosts:\n  a-1: { provider: ${provider}, roles: [app] }\n`,
    );

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'fo-endpoints-'));
    serviceAccount(dir);
    server = createServer((req, res) => {
      if (req.headers.authorization) logins.push(req.headers.authorization.slice(0, 20));
      res.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test.each([
    ['gcp', 'endpoint', { project: 'contract', zone: 'us-central1-a' }],
    ['aws', 'endpoint', { region: 'us-east-1' }],
    ['aws', 'pricingEndpoint', { region: 'us-east-1' }],
  ])('%s.%s: it is refused with its place and the way out, and nothing is sent', async (name, key, section) => {
    fleet({ [name]: { ...section, [key]: `http://0.0.0.0:${port}` } }, name);
    const { code, stderr } = await status();
    expect(code, stderr).toBe(2);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(
        `fanops\\.yaml:3:\\d+ providers\\.${name}\\.${key}: a login would go to 0\\.0\\.0\\.0:${port} in the clear`,
      ),
    );
    expect(logins).toEqual([]);
  });

  test('an environment that is laid over the file is no way around it', async () => {
    fleet({ gcp: { project: 'contract', zone: 'us-central1-a' } });
    writeFileSync(join(dir, 'fanops.prod.yaml'), 'providers:\n  gcp:\n    endpoint: https://evil.example\n');
    const { code, stderr } = await status({}, '-e', 'prod');
    expect(code, stderr).toBe(2);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /fanops\.prod\.yaml:3:\d+ providers\.gcp\.endpoint: a login would go to evil\.example, .*FANOPS_ALLOWED_ENDPOINTS=evil\.example/,
    );
  });

  test('a region cannot end the name of a host', async () => {
    fleet({ aws: { region: 'evil.example/' } }, 'aws');
    expect((await status()).stderr).toContain('a region: eu-west-1');
  });

  test('the user allows one by the environment or by the own configuration, never in the clear', async () => {
    fleet({ gcp: { project: 'contract', zone: 'us-central1-a', endpoint: 'https://compute.internal.example' } });
    const show = (env: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
      cli(['config', 'show'], { cwd: dir, env: { HOME: dir, ...env } });
    expect((await show()).code).toBe(2);
    expect((await show({ FANOPS_ALLOWED_ENDPOINTS: 'other.example, compute.internal.example' })).code).toBe(0);
    mkdirSync(join(dir, '.config/fanops'), { recursive: true });
    writeFileSync(
      join(dir, '.config/fanops/config.yaml'),
      'allowedEndpoints: ["*.internal.example", 0.0.0.0]\n'.replace('0.0.0.0', '"0.0.0.0"'),
    );
    expect((await show()).code).toBe(0);
    fleet({ gcp: { project: 'contract', zone: 'us-central1-a', endpoint: `http://0.0.0.0:${port}` } });
    expect((await show()).code).toBe(2);
    writeFileSync(join(dir, '.config/fanops/config.yaml'), 'allowedEndpoint: []\n');
    expect((await show()).stderr).toContain('unknown key "allowedEndpoint"');
  });
});
