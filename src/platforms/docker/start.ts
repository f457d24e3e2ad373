import { PreconditionError } from '../../core/errors.js';
import { defineStep, type LookIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { keptReleases } from '../../kit/release-folder.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { portOn } from '../placement.js';
import { newRecord, stopStep } from './activate.js';
import { namesOf, type ServiceAt } from './names.js';
import { dockerPlacement } from './placement.js';
import { run, runningApps } from './run.js';
import { specOf, type RunSpec } from './spec.js';

interface StartInput extends ServiceAt {
  placement: string;
}

/** Starts the release that a host keeps of a service, where none runs: before users are sent there. */
export const startStep = defineStep<OperationContext, StartInput, { release: string }>('docker.start', {
  async check(io) {
    const { service, host } = io.input;
    const { spec } = await keptSpec(io);
    const name = namesOf(await io.ctx.fleet(), spec).container(spec.release, spec.background);
    return (await runningApps(io, io.input)).includes(name)
      ? { state: 'done', detail: `release ${spec.release} runs` }
      : { state: 'change', changes: [`release ${spec.release} of ${service} is started on ${host}`] };
  },
  async apply(io) {
    const { service, host } = io.input;
    const { spec, isRecorded } = await keptSpec(io);
    const { release } = spec;
    const made = isRecorded
      ? undefined
      : await io.willMake(stopStep.inverse(`Stop ${service} on ${host}`, { service, host, release }));
    await run(io, spec);
    if (!isRecorded) await writeServiceRecord(io.ctx, host, await newRecord(io, spec, undefined));
    await made?.();
    return { release };
  },
  recheck: true,
});

/**
 * What is to run there: the release of the host's record, else the newest one that is kept.
 * @throws PreconditionError when the host keeps no release.
 */
async function keptSpec({
  ctx,
  input,
}: Pick<LookIo<OperationContext, StartInput>, 'ctx' | 'input'>): Promise<{ spec: RunSpec; isRecorded: boolean }> {
  const { service, host, placement } = input;
  const record = await readServiceRecord(ctx, host, service);
  if (record) return { spec: specOf(host, record), isRecorded: true };
  const release = (await keptReleases(ctx, host, service)).at(-1);
  if (release === undefined)
    throw new PreconditionError(`${service} does not run on ${host}, and no release of it is kept there.`, {
      where: host,
      code: 'NO_RELEASE',
      nextSteps: [`fanops migrate ${service} --to ${placement}`],
    });
  const port = portOn(dockerPlacement(await ctx.fleet(), service, placement), host);
  return { spec: { service, host, release, port, background: false }, isRecorded: false };
}
