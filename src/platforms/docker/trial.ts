import { decode, probe as probeSchema, type Probe } from '#protocol';
import { PreconditionError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { probeFinding, probeHint } from '../../kit/probe.js';
import type { ReleaseAt } from '../../kit/release-folder.js';
import { trialQuestion } from '../../kit/trial-question.js';
import { buildImages, proxyImage } from './build.js';
import { probeArgs, probeLabels, startContainer, waitUntilHealthy } from './container.js';
import { readContainerFile } from './container-file.js';
import { lastLines, ownContainers, removeContainers } from './engine.js';
import { LABEL, namesOf, networkAlias } from './names.js';
import { dockerPlacement } from './placement.js';
import { ensureNetwork } from './resources.js';
import type { ProcessIo } from './spec.js';

/** What the probe may take: three tries, of which each waits for a connection, an answer and a part of its body. */
const PROBE_MS = 130_000;

interface TryInput extends ReleaseAt {
  /** The placement that it is for, by whose health request it is asked. */
  placement: string;
}

/**
 * Starts the release beside the one that serves, with its background triggers off, asks for its health, and then what
 * the router will ask it.
 */
export const tryStep = defineStep<OperationContext, TryInput>('docker.try', {
  async apply(io) {
    const { service, host, release, placement } = io.input;
    const fleet = await io.ctx.fleet();
    dockerPlacement(fleet, service, placement);
    const name = namesOf(fleet, io.input).trial(release);
    const inverse = endTrialStep.inverse(`End the trial of release ${release} of ${service}`, {
      service,
      host,
      release,
    });
    const made = await io.willMake(inverse, { temporary: true });
    await endTrial(io, io.input);
    await buildImages(io, io.input);
    await ensureNetwork(io, io.input);
    io.progress('starting it in a container beside the one that serves');
    const spec = { service, host, release, background: false, name, role: 'trial' as const };
    await startContainer(io, spec);
    await made();
    const { seen } = await waitUntilHealthy(io, spec);
    const found = await ask(io, io.input, name);
    if (!found.ok) {
      const log = await lastLines(io.ctx, host, name);
      throw new PreconditionError(
        `Release ${release} of ${service} is refused: tried in a container on ${host}, it ${probeFinding(found)}. ` +
          'Nothing was swapped.',
        {
          where: host,
          code: 'NO_ANSWER',
          hint: `${probeHint(host, found)}\nIts last lines:\n${log}`,
          data: { probes: [found], log: log.split('\n') },
        },
      );
    }
    await endTrial(io, io.input);
    await io.unmade(inverse);
    return { detail: `${seen}, ${found.request} ${found.status}` };
  },
  repeatable: true,
});

/** Asks it, from the network of the service, what the router will ask. */
async function ask(io: ProcessIo, at: TryInput, name: string): Promise<Probe> {
  const { service, host, placement } = at;
  const { port, proxy } = await readContainerFile(io.ctx, at);
  const question = JSON.stringify(await trialQuestion(io.ctx, service, placement));
  const fleet = await io.ctx.fleet();
  const { network } = namesOf(fleet, at);
  const labels = { ...probeLabels(fleet, at, 'trial'), [LABEL.release]: at.release, [LABEL.run]: io.runId };
  const probe = probeArgs({ image: proxyImage(service, proxy), network, labels });
  const argv = ['docker', ...probe, 'probe', `http://${networkAlias(name)}:${port}`];
  const printed = await mutateOk(io, host, argv, 'The release could not be asked', {
    brief: true,
    stdin: question,
    timeoutMs: PROBE_MS,
  });
  return decode(probeSchema, printed.trim().split('\n').at(-1) ?? '');
}

/** Removes containers of trials and what asks them, of whichever release: a run that was killed may have left some. */
async function endTrial(io: ProcessIo, at: ReleaseAt): Promise<void> {
  const left = await ownContainers(io.ctx, at, 'trial');
  await removeContainers(
    io,
    at.host,
    left.map(({ name }) => name),
  );
}

/** Ends a trial that an interrupted run left. */
export const endTrialStep = defineStep<OperationContext, ReleaseAt>('docker.end-trial', {
  apply: (io) => endTrial(io, io.input),
  repeatable: true,
});
