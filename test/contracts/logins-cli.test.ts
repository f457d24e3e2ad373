import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HostList } from '../../src/operations/host/list.js';
import type { RunDetails } from '../../src/operations/run/list.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { cli, type CliResult } from '../helpers/cli.js';
import { EXPIRED } from '../helpers/fault-proxy/expired.js';
import type { Reaction, Seen } from '../helpers/fault-proxy/index.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { motoMissing } from '../helpers/moto.js';

const missing = motoMissing() ?? gcplocalMissing();

/** The request that makes a machine. */
const MAKES: Record<keyof typeof EXPIRED, (request: Seen) => boolean> = {
  aws: ({ body }) => body.includes('Action=RunInstances'),
  azure: ({ method, path }) => method === 'PUT' && path.includes('/virtualMachines/'),
  gcp: ({ method, path }) => method === 'POST' && /\/instances(\?|$)/.test(path),
};
const HINTS: Record<keyof typeof EXPIRED, string> = {
  aws: 'Log in to AWS',
  azure: 'Log in to Azure',
  gcp: 'Log in to Google Cloud',
};
const REFUSED: Record<keyof typeof EXPIRED, string> = {
  aws: 'token included in the request is expired',
  azure: 'token expiry has passed',
  gcp: 'invalid authentication credentials',
};
/** What a refused page of a list is told by. Of Azure's SDK only its code comes through. */
const PAGE_REFUSED = { ...REFUSED, azure: 'ExpiredAuthenticationToken, HTTP status 401' };
const CLOUDS = ['aws', 'azure', 'gcp'] as const;

/** The command line with hosts in three clouds whose logins end: what the user is told, and what is left to go on with. */
describe.skipIf(missing !== undefined)('row 13: logins that end, through the command line', () => {
  let on: { aws: AwsOnMoto; azure: AzureOnStub; gcp: GcpOnEmulator };
  let dir: string;
  const fanops = (...args: string[]): Promise<CliResult> =>
    cli(args, {
      cwd: dir,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: on.azure.certificate, HOME: dir, FANOPS_OPERATOR: 'tester' },
    });
  const list = async (...args: string[]): Promise<{ code: number | null } & HostList> => {
    const { code, stdout } = await fanops('host', 'list', '--json', ...args);
    return { code, ...(JSON.parse(stdout) as HostList) };
  };

  beforeAll(async () => {
    on = { aws: await startAws(), azure: await startAzure(), gcp: await startGcp() };
    dir = mkdtempSync(join(tmpdir(), 'fo-logins-'));
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'logins',
        sshFrom: ['203.0.113.0/24'],
        providers: {
          aws: { region: 'us-east-1', endpoint: on.aws.proxy.url },
          azure: { ...on.azure.config, location: 'eastus' },
          gcp: { project: 'contract', zone: 'us-central1-a', endpoint: on.gcp.proxy.url },
        },
        hosts: {
          'aws-1': { provider: 'aws', roles: ['app'] },
          'aws-2': { provider: 'aws', roles: ['app'], region: 'eu-west-1' },
          'azure-1': { provider: 'azure', roles: ['app'] },
          'gcp-1': { provider: 'gcp', roles: ['app'] },
        },
      }),
    );
  }, 240_000);
  afterAll(async () => {
    for (const each of Object.values(on)) await each.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }, 60_000);
  afterEach(() => {
    for (const { proxy } of Object.values(on)) proxy.clear();
  });

  test.each(CLOUDS)(
    '%s: in mid-run it is one message and exit code 4; no storm, no secret, and nothing is left once the run is undone',
    async (name) => {
      const { proxy } = on[name];
      let asked = 0;
      proxy.gate.after = (request) => {
        if (!MAKES[name](request)) return;
        proxy.faults.push({ on: {}, then: EXPIRED[name] });
        asked = proxy.requests.length;
      };
      const { code, stdout, stderr } = await fanops('host', 'provision', `${name}-1`, '--yes');
      expect(code, stderr).toBe(4);
      const [, told = ''] = /(Error: [\s\S]*)$/.exec(stderr) ?? [stderr, stderr];
      expect(told.split(HINTS[name])).toHaveLength(2);
      expect(told.split(REFUSED[name])).toHaveLength(2);
      expect(proxy.requests.length - asked).toBeLessThanOrEqual(2);

      const secrets = proxy.requests.flatMap(
        ({ headers }) => /(?:Bearer |Signature=)(\S{8,})/.exec(headers.authorization ?? '')?.[1] ?? [],
      );
      expect(secrets.length).toBeGreaterThan(0);
      const written = [stdout, stderr, ...filesIn(join(dir, '.fanops'))].join('\n');
      expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);

      proxy.clear();
      expect(await on[name].leftovers()).not.toEqual([]);
      const { stdout: runs } = await fanops('runs', 'list', '--json');
      const [{ id } = { id: '' }] = (JSON.parse(runs) as { runs: { id: string }[] }).runs;
      const { run } = JSON.parse((await fanops('runs', 'show', id, '--json')).stdout) as RunDetails;
      expect(run.status).toBe('failed');
      const undone = await fanops('runs', 'undo', id, '--yes');
      expect(undone.code, undone.stderr).toBe(0);
      expect(await on[name].leftovers()).toEqual([]);
    },
    180_000,
  );

  test.each(CLOUDS)(
    '%s: a list tells it once, with the way out, and what the others have',
    async (name) => {
      on[name].proxy.faults.push({ on: {}, then: EXPIRED[name] });
      const { code, hosts, failed } = await list();
      expect(failed).toEqual([
        {
          provider: name,
          code: 'NOT_LOGGED_IN',
          message: expect.stringContaining(PAGE_REFUSED[name]) as string,
          hint: expect.stringContaining(HINTS[name]) as string,
        },
      ]);
      expect(code).toBe(3);
      expect(new Set(hosts.map(({ provider, state }) => `${provider} ${state}`))).toEqual(
        new Set(CLOUDS.map((each) => `${each} ${each === name ? 'unknown' : 'missing'}`)),
      );
      expect((await list('--provider', name)).code).toBe(4);
      const shown = await fanops('host', 'list');
      expect([shown.code, shown.stdout.split(HINTS[name]).length]).toEqual([3, 2]);
      const swept = await fanops('host', 'sweep', '--run', 'no-such-run', '--yes', '--json');
      expect([swept.code, (JSON.parse(swept.stdout) as { failed: unknown[] }).failed.length]).toEqual([3, 1]);
    },
    120_000,
  );

  test('when no cloud accepts its login, a list ends with 4, and so does a sweep', async () => {
    for (const name of CLOUDS) on[name].proxy.faults.push({ on: {}, then: EXPIRED[name] });
    const { code, failed } = await list();
    expect([code, failed.map(({ provider }) => provider)]).toEqual([4, [...CLOUDS]]);
    const swept = await fanops('host', 'sweep', '--run', 'no-such-run', '--yes');
    expect(swept.code, swept.stderr).toBe(4);
    for (const name of CLOUDS) expect(swept.stderr).toContain(HINTS[name]);
  }, 120_000);

  test('aws: where one region refuses, its hosts are unknown, those of the other are seen, and it is named once', async () => {
    const denied: Reaction = {
      kind: 'answer',
      status: 403,
      headers: { 'content-type': 'text/xml' },
      body: '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not here</Message></Error></Errors><RequestID>r</RequestID></Response>',
    };
    on.aws.proxy.faults.push({ on: { authorization: /eu-west-1/ }, then: denied });
    const { code, hosts, failed } = await list('--provider', 'aws');
    expect([code, failed.map(({ provider }) => provider)]).toEqual([3, ['aws eu-west-1']]);
    expect(hosts.map(({ name, state }) => [name, state])).toEqual([
      ['aws-1', 'unknown'],
      ['aws-2', 'unknown'],
    ]);
  }, 60_000);
});

/** The text of all files below a folder. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'));
}
