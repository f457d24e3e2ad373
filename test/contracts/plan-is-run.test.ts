import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostProvision } from '../../src/operations/host/provision.js';
import { dryRun, startRun } from '../../src/operations/run/start.js';
import { systemClock } from '../../src/core/clock.js';
import type { Plan } from '../../src/core/plan.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { hostContext } from '../helpers/host-context.js';
import { motoMissing } from '../helpers/moto.js';

const missing = motoMissing() ?? gcplocalMissing();
const FLEETS = process.env.FANOPS_SOAK === '1' ? 200 : 4;
const SEED = Number(process.env.FANOPS_SEED ?? 4711);

interface Host {
  name: string;
  provider: 'aws' | 'azure' | 'gcp';
  role: 'app' | 'router';
  /** How it is before the run that is judged. */
  before: 'missing' | 'running' | 'stopped';
}

const hosts = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('app-1', 'app-2', 'app-3', 'edge-1', 'x'),
    provider: fc.constantFrom('aws' as const, 'azure' as const, 'gcp' as const),
    role: fc.constantFrom('app' as const, 'router' as const),
    before: fc.constantFrom('missing' as const, 'running' as const, 'stopped' as const),
  }),
  { selector: (host) => host.name, minLength: 1, maxLength: 4 },
);

const fileOf = (all: readonly Host[], from: string): string => `fleet: contract
providers: { aws: { region: us-east-1 }, azure: { subscription: 00000000-0000-4000-8000-000000000001, location: eastus }, gcp: { project: contract, zone: us-central1-a } }
sshFrom: [${from}]
hosts:
${all.map(({ name, provider, role }) => `  ${name}: { provider: ${provider}, roles: [${role}] }`).join('\n')}
`;

/** The part of a plan that a provider carries out: machines of emulators cannot be logged in to. */
const atProvider = <F extends object>(plan: Plan<F>): Plan<F> => ({
  ...plan,
  steps: plan.steps.filter(({ kind }) => kind === 'host.firewall' || kind === 'host.create'),
});

describe.skipIf(missing)('what a dry run tells is what the run then does', () => {
  let aws: AwsOnMoto;
  let azure: AzureOnStub;
  let gcp: GcpOnEmulator;
  beforeAll(async () => {
    // Pauses between looks are shortened: what the clouds answer stays as it is.
    const quick = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal),
    };
    [aws, azure, gcp] = [await startAws({}, {}, quick), await startAzure({}, quick), await startGcp({}, quick)];
  }, 240_000);
  afterAll(async () => {
    await (aws as AwsOnMoto | undefined)?.stop();
    await (azure as AzureOnStub | undefined)?.stop();
    await (gcp as GcpOnEmulator | undefined)?.stop();
  });

  const at = (provider: Host['provider']): AwsOnMoto | AzureOnStub | GcpOnEmulator => ({ aws, azure, gcp })[provider];
  const world = (text: string) => {
    const made = hostContext(text, {
      aws: { ...aws, name: 'aws' },
      azure: { ...azure, name: 'azure' },
      gcp: { ...gcp, name: 'gcp' },
    });
    const { authorizedKeys = [] } = aws.extra('any');
    return {
      ...made,
      ctx: {
        ...made.ctx,
        hosts: {
          ...made.ctx.hosts,
          operatorKeys: async () => ({ authorizedKeys, listedKeys: [], secret: Buffer.alloc(32, 1) }),
        },
      },
    };
  };

  /** Carries a plan out and tells which of its steps changed something. */
  async function changedBy(text: string, wanted?: ReadonlySet<string>): Promise<{ told: string[]; changed: string[] }> {
    const { ctx, dispose } = world(text);
    try {
      const plan = atProvider(await hostProvision.plan(ctx, {}));
      const steps = wanted ? plan.steps.filter(({ host }) => wanted.has(host ?? '')) : plan.steps;
      const look = await dryRun(ctx, { ...plan, steps });
      const told = look.steps.filter(({ check }) => check.state === 'change').map(({ id }) => id);
      const { run } = await startRun(ctx, hostProvision, { ...plan, steps });
      const records = await (await ctx.state.store()).steps(run);
      return {
        told: told.sort(),
        changed: records
          .filter((record) => !record.unchanged)
          .map(({ step }) => step.id)
          .sort(),
      };
    } finally {
      await dispose();
    }
  }

  test(
    `${FLEETS} random fleets on moto, gcplocal and Azure's stub, seed ${SEED}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(hosts, fc.boolean(), async (all, moved) => {
          const first = fileOf(all, '203.0.113.7');
          const text = moved ? fileOf(all, '198.51.100.0/24') : first;
          try {
            await changedBy(first, new Set(all.filter(({ before }) => before !== 'missing').map(({ name }) => name)));
            for (const { name, provider, before } of all)
              if (before === 'stopped') await at(provider).instances.power('contract', name, 'stop');
            const { told, changed } = await changedBy(text);
            expect(changed).toEqual(told);
            const idle = all.filter(({ before }) => before === 'running').map(({ name }) => `${name}/create`);
            expect(told.filter((id) => idle.includes(id))).toEqual([]);
            expect(await changedBy(text)).toEqual({ told: [], changed: [] });
          } finally {
            for (const { name, provider } of all) {
              await at(provider).instances.destroy('contract', name);
              await at(provider).networks.remove('contract', name);
            }
          }
          expect([...(await aws.leftovers()), ...(await azure.leftovers()), ...(await gcp.leftovers())]).toEqual([]);
        }),
        { numRuns: FLEETS, seed: SEED, endOnFailure: true },
      );
    },
    30_000 + FLEETS * 15_000,
  );
});
