import { RemoteError } from '../../core/errors.js';
import { makeDirs, removeTree, tailFiles } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { RELEASE, trialApp, trialEcosystem } from '../../remote/release.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { ask, mutateOk } from '../../kit/on-host.js';
import { endApp, ownBeforeStart, ownProcesses, startApp } from '../../kit/pm2-apps.js';
import type { ProcessIo, ProcessSpec } from './process-spec.js';
import { rememberSecrets } from '../../kit/release-secrets.js';
import { releaseArguments } from './start-arguments.js';

/** Looks at the trial while it must stay up: what dies under PM2 mostly does so at once. */
const LOOKS = 3;

type TrialIo = Pick<
  StepIo<OperationContext, ProcessSpec>,
  'ctx' | 'runId' | 'phase' | 'step' | 'signal' | 'progress' | 'willMake' | 'unmade' | 'input'
>;

/**
 * Lets PM2 run the release beside the one that serves, on a free port, before users depend on it: PM2 swaps in what
 * never comes up, and kills the
 * old workers for it.
 * @throws RemoteError, code NOT_READY, with its last lines
 */
export async function tryUnderPm2(io: TrialIo): Promise<void> {
  const { service, host, release } = io.input;
  const { keys } = await releaseArguments(io.ctx, io.input);
  const { home } = await hostFacts(io.ctx, host);
  const { trialMs } = (await io.ctx.fleet()).timing;
  const dir = `${releaseDir(service, release)}/${RELEASE.trial}`;
  const inverse = endTrialStep.inverse(`End the trial of release ${release} of ${service}`, { service, host, release });
  await ownBeforeStart(io.ctx, host, trialApp(service));
  const made = await io.willMake(inverse, { temporary: true });
  await endTrial(io, service, host, release);
  io.progress('letting PM2 try it beside the release that serves');
  await mutateOk(io, host, makeDirs(dir), 'The folder of the trial could not be made', { brief: true });
  await (
    await io.ctx.hosts.transport(host)
  ).putFile(trialEcosystem({ service, release, home, keys }), `${dir}/ecosystem.json`, 0o600);
  await startApp(io, host, `${dir}/ecosystem.json`, 'PM2 could not try the release');
  await made();
  for (let look = 1; look <= LOOKS; look += 1) {
    const [app] = await ownProcesses(io.ctx, host, trialApp(service));
    if (app?.status !== 'online' || app.restarts > 0) await failed(io, dir, app?.status ?? 'gone');
    if (look < LOOKS) await io.ctx.io.clock.sleep(trialMs / (LOOKS - 1), io.signal);
  }
  await endTrial(io, service, host, release);
  await io.unmade(inverse);
}

async function failed(io: TrialIo, dir: string, status: string): Promise<never> {
  const { service, host, release } = io.input;
  await rememberSecrets(io.ctx, host, service, release);
  const log = (
    await ask(io.ctx, host, tailFiles(12, `${dir}/out.log`, `${dir}/error.log`), 'The logs could not be read')
  ).trimEnd();
  throw new RemoteError(
    `Release ${release} of ${service} does not come up under PM2 on ${host}: its trial is ` +
      `${status}. The release that serves goes on.`,
    {
      host,
      code: 'NOT_READY',
      stderr: log,
      hint: `Its last lines:\n${log}`,
    },
  );
}

async function endTrial(io: ProcessIo, service: string, host: string, release: string): Promise<void> {
  await endApp(io, host, trialApp(service), 'PM2 could not end the trial');
  await mutateOk(
    io,
    host,
    removeTree(`${releaseDir(service, release)}/${RELEASE.trial}`),
    'What the trial wrote could not be removed',
    { brief: true },
  );
}

/** Ends a trial that an interrupted run left. */
export const endTrialStep = defineStep<OperationContext, { service: string; host: string; release: string }>(
  'release.end-trial',
  {
    apply: async (io) => endTrial(io, io.input.service, io.input.host, io.input.release),
    repeatable: true,
  },
);
