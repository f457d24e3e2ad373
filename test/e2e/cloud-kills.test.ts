import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DryRunResult } from '../../src/operations/run/start.js';
import { awsCloud } from '../helpers/cloud-machines/aws.js';
import { azureCloud } from '../helpers/cloud-machines/azure.js';
import type { Cloud } from '../helpers/cloud-machines/cloud.js';
import { dockerCloud } from '../helpers/cloud-machines/docker.js';
import { CloudFleet } from '../helpers/cloud-machines/fleet.js';
import { gcpCloud } from '../helpers/cloud-machines/gcp.js';
import { makeMachineImage } from '../helpers/cloud-machines/image.js';
import { casesOf, play, titleOf, type Changes } from '../helpers/cloud-machines/kills.js';
import { dockerMissing, startEngine, type TestEngine } from '../helpers/docker.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { counted, SEED, SOAK } from '../helpers/interrupt.js';
import { motoMissing } from '../helpers/moto.js';

const PREPARED = ['reach', 'key', 'bootstrap/system', 'bootstrap/login', 'bootstrap/swap'];
const KEPT_UP = ['bootstrap/time', 'bootstrap/updates', 'standing'];
const DOCKER = ['create', ...PREPARED, ...KEPT_UP];
const CLOUD = ['firewall', 'create', ...PREPARED, 'bootstrap/firewall', ...KEPT_UP];

interface Provider {
  start(): Promise<Cloud>;
  missing(): string | undefined;
  steps: readonly string[];
  /** What a run asks of the provider that changes something. */
  changes: Changes;
}

const providers: Record<string, Provider> = {
  aws: {
    start: awsCloud,
    missing: motoMissing,
    steps: CLOUD,
    changes: {
      CreateSecurityGroup: 1,
      AuthorizeSecurityGroupIngress: 1,
      ImportKeyPair: 1,
      RunInstances: 1,
      CreateTags: 1,
    },
  },
  azure: {
    start: azureCloud,
    missing: () => undefined,
    steps: CLOUD,
    changes: {
      'PUT resourceGroups': 1,
      'PUT networkSecurityGroups': 1,
      'PUT virtualNetworks': 1,
      'PUT publicIPAddresses': 1,
      'PUT networkInterfaces': 1,
      'PUT virtualMachines': 1,
      'PATCH virtualMachines': 1,
    },
  },
  gcp: {
    start: gcpCloud,
    missing: gcplocalMissing,
    steps: CLOUD,
    changes: { 'POST firewalls': 1, 'POST instances': 1, 'POST instances/setMetadata': 1 },
  },
  docker: { start: () => dockerCloud('killed'), missing: () => undefined, steps: DOCKER, changes: {} },
};

const only = process.env.FANOPS_PROVIDER;
const noDocker = dockerMissing();

/** `fanops host provision`, killed with SIGKILL, on every provider. The machines of clouds are containers, see test/helpers/cloud-machines. */
describe.each(Object.entries(providers).filter(([name]) => !only || name === only))(
  '%s: a provisioning run that is killed',
  (name, provider) => {
    const missing = noDocker ?? provider.missing();
    const cases = casesOf(provider.steps, provider.changes, {
      steps: 1,
      changes: 1,
      seed: SEED + 10 * (1 + Object.keys(providers).indexOf(name)),
    });
    const host = `${name}-1`;
    let engine: TestEngine;
    let cloud: Cloud;
    let fleet: CloudFleet;

    beforeAll(async () => {
      if (missing) return;
      process.stdout.write(`kills of seed ${SEED} on ${name}: ${cases.map(titleOf).join('; ')}\n`);
      engine = await startEngine();
      makeMachineImage();
      cloud = await provider.start();
      fleet = new CloudFleet('killed', [cloud], { [host]: { provider: name, roles: ['bastion'] } });
    }, 600_000);
    afterAll(async () => {
      if (missing) return;
      await fleet.stop();
      await cloud.stop();
      await engine.stop();
    }, 120_000);

    test.skipIf(missing)(
      'has the steps and asks for the changes that are listed here',
      async () => {
        const { steps } = await fleet.json<DryRunResult>('host', 'provision', host, '--dry-run');
        expect(steps.map(({ id }) => id)).toEqual(provider.steps.map((step) => `${host}/${step}`));
        if (!SOAK || !cloud.proxy) return;
        cloud.proxy.requests.length = 0;
        await fleet.ok('host', 'provision', host, '--yes');
        const asked = cloud.proxy.requests
          .map((request) => cloud.changes(request))
          .filter((change) => change !== undefined);
        expect(
          Object.fromEntries(
            [...new Set(asked)].map((change) => [change, asked.filter((each) => each === change).length]),
          ),
        ).toEqual(provider.changes);
        await fleet.ok('host', 'destroy', host, '--yes');
      },
      300_000,
    );

    test.skipIf(missing).for(cases.map((each) => [titleOf(each), each] as const))(
      'at %s: exactly one machine once it is resumed, nothing once it is undone',
      async ([title, each]) => {
        const { kill, way } = each;
        const placed = { kill: 'step' in kill ? { ...kill, step: `${host}/${kill.step}` } : kill, way };
        await counted(`${name}: kill points of provisioning, ${way}`, title, () => play(cloud, fleet, host, placed));
      },
    );
  },
);
