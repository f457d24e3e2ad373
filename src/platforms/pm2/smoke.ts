import { trialReport, type Probe, type TrialReport } from '#protocol';
import { PreconditionError, RemoteError } from '../../core/errors.js';
import { exists, makeDirs, removeTree } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { RELEASE, smoke, smokeDir } from '../../remote/release.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { readPrinted } from '../../kit/host-program.js';
import { mutate, mutateOk, raiseRemote } from '../../kit/on-host.js';
import { probeFinding, probeHint } from '../../kit/probe.js';
import { rememberSecrets } from '../../kit/release-secrets.js';
import { pm2Placement } from './placement.js';
import { releaseArguments } from './start-arguments.js';
import { trialQuestion } from '../../kit/trial-question.js';

const READY_MS = 45_000;
/**
 * What the probe may take beside: three tries, of which each waits for a connection, an answer and a part of its body.
 */
const PROBE_MS = 130_000;

export interface SmokeInput {
  service: string;
  host: string;
  release: string;
  /** The placement that it is for, by whose health request it is asked; plans of earlier versions lack it. */
  placement?: string;
}

/**
 * Starts the release beside the one that serves, on a free port and with its background triggers off, asks for its
 * health, and then what the router
 * will ask it. PM2 swaps a broken release in and reports success, so this must be known before.
 */
export const smokeStep = defineStep<OperationContext, SmokeInput>('release.smoke', {
  async apply(io) {
    const { service, host, release } = io.input;
    if (io.input.placement !== undefined) pm2Placement(await io.ctx.fleet(), service, io.input.placement);
    const { keys } = await releaseArguments(io.ctx, io.input);
    const argv = smoke(service, release, keys, READY_MS, await putQuestion(io));
    io.progress('starting it on a free port beside the one that serves');
    const result = await mutate(io, host, argv, { timeoutMs: READY_MS + PROBE_MS + 30_000 });
    const report = parse(host, release, result.stdout);
    if (!report?.ok || report.probe?.ok === false) await rememberSecrets(io.ctx, host, service, release);
    if (!report) return raiseRemote(host, `Release ${release} of ${service} could not be tried`, { argv }, result);
    if (!report.ok) {
      throw new RemoteError(`Release ${release} of ${service} does not come up on ${host}: ${report.seen}.`, {
        host,
        code: 'NOT_READY',
        stderr: report.log.join('\n'),
        hint: lastLines(report),
        data: { health: report.health, log: report.log },
      });
    }
    if (report.probe?.ok === false) throw refused(io.input, report, report.probe);
    await (await io.ctx.hosts.transport(host)).run({ argv: removeTree(smokeDir(service, release)) });
    return { detail: report.probe ? `health 200, ${report.probe.request} ${report.probe.status}` : report.seen };
  },
  repeatable: true,
});

/**
 * Writes down on the host how the release is asked. Undefined when it is one of an earlier version, which cannot be
 * asked beside the one that serves.
 */
async function putQuestion({ ctx, input, ...io }: StepIo<OperationContext, SmokeInput>): Promise<string | undefined> {
  const { service, host, release, placement } = input;
  if (placement === undefined) return undefined;
  const transport = await ctx.hosts.transport(host);
  if ((await transport.run({ argv: exists(`${releaseDir(service, release)}/${RELEASE.probe}`) })).code !== 0)
    return undefined;
  const dir = smokeDir(service, release);
  await mutateOk({ ctx, ...io }, host, makeDirs(dir), 'The folder of the trial could not be made', { brief: true });
  await transport.putFile(JSON.stringify(await trialQuestion(ctx, service, placement)), `${dir}/question.json`, 0o600);
  return `${dir}/question.json`;
}

const lastLines = ({ log }: TrialReport): string => `Its last lines:\n${log.slice(-12).join('\n')}`;

function refused({ service, host, release }: SmokeInput, report: TrialReport, probe: Probe): PreconditionError {
  return new PreconditionError(
    `Release ${release} of ${service} is refused: tried on a free port of ${host}, it ` +
      `${probeFinding(probe)}. Nothing was swapped.`,
    {
      where: host,
      code: 'NO_ANSWER',
      hint: `${probeHint(host, probe)}\n${lastLines(report)}`,
      data: { probes: [probe], log: report.log },
    },
  );
}

function parse(host: string, release: string, stdout: string): TrialReport | undefined {
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? readPrinted(host, `The trial of release ${release}`, trialReport, last) : undefined;
}
