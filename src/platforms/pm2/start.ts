import { PreconditionError } from '../../core/errors.js';
import type { ServiceRecord } from '../../remote/release.js';
import { defineStep, type StepIo } from '../../core/step.js';
import { portOn } from '../placement.js';
import { pm2Placement } from './placement.js';
import type { OperationContext } from '../../kit/context.js';
import { specOf } from './activate.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { processesOf } from './observe.js';
import { run } from './process.js';
import type { ProcessSpec } from './process-spec.js';
import { keptReleases } from '../../kit/release-folder.js';
import { stopStep } from './activate.js';

interface StartInput {
  service: string;
  host: string;
  placement: string;
}

/** What is to run there: the release of the host's record, else the newest one that is kept. */
interface Kept {
  release: string;
  record?: ServiceRecord;
}

/** Starts the release that a host keeps of a service, where none runs: before users are sent there. */
export const startStep = defineStep<OperationContext, StartInput, { release: string }>('release.start', {
  async check(io) {
    const { service, host } = io.input;
    const { release } = await keptRelease(io);
    const processes = await processesOf(io.ctx, host, service);
    const runs = processes.length > 0 && processes.every((app) => app.status === 'online' && app.release === release);
    return runs
      ? { state: 'done', detail: `release ${release} runs` }
      : { state: 'change', changes: [`release ${release} of ${service} is started on ${host}`] };
  },
  async apply(io) {
    const { service, host } = io.input;
    const { release, record } = await keptRelease(io);
    const made = record
      ? undefined
      : await io.willMake(stopStep.inverse(`Stop ${service} on ${host}`, { service, host, release }));
    await run(io, record ? await specOf(io.ctx, host, record) : await specFromFile(io, release));
    if (!record) await writeRecord(io, release);
    await made?.();
    return { release };
  },
  recheck: true,
});

/** @throws PreconditionError when the host keeps no release. */
async function keptRelease({ ctx, input }: Pick<StepIo<OperationContext, StartInput>, 'ctx' | 'input'>): Promise<Kept> {
  const { service, host, placement } = input;
  const record = await readServiceRecord(ctx, host, service);
  const release = record?.release ?? (await keptReleases(ctx, host, service)).at(-1);
  if (release !== undefined) return { release, record };
  throw new PreconditionError(`${service} does not run on ${host}, and no release of it is kept there.`, {
    where: host,
    code: 'NO_RELEASE',
    nextSteps: [`fanops migrate ${service} --to ${placement}`],
  });
}

async function specFromFile(
  { ctx, input }: StepIo<OperationContext, StartInput>,
  release: string,
): Promise<ProcessSpec> {
  const { service, host, placement } = input;
  const config = pm2Placement(await ctx.fleet(), service, placement);
  const { instances } = config;
  return { service, host, release, port: portOn(config, host), background: false, ...(instances && { instances }) };
}

async function writeRecord(io: StepIo<OperationContext, StartInput>, release: string): Promise<void> {
  const { service, host } = io.input;
  const { port } = await specFromFile(io, release);
  const record: ServiceRecord = {
    service,
    release,
    background: false,
    port,
    run: io.runId,
    at: new Date(io.ctx.io.clock.now()).toISOString(),
  };
  await writeServiceRecord(io.ctx, host, record);
}
