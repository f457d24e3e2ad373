import { RemoteError } from '../../core/errors.js';
import { removeTree } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { smoke, type SmokeReport } from '../../remote/release.js';
import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { mutate, raiseRemote } from '../on-host.js';
import { rememberSecrets } from './secrets-there.js';
import { releaseArguments } from './start-arguments.js';

const READY_MS = 45_000;

/**
 * Starts the release beside the one that serves, on a free port and with its background triggers off, and asks for its health. PM2 swaps a
 * broken release in and reports success, so this must be known before.
 */
export const smokeStep = defineStep<OperationContext, { service: string; host: string; release: string }>({
  async apply(io) {
    const { service, host, release } = io.input;
    const { keys } = await releaseArguments(io.ctx, io.input);
    const argv = smoke(service, release, keys, READY_MS);
    io.progress('starting it on a free port beside the one that serves');
    const result = await mutate(io, host, argv, { timeoutMs: READY_MS + 30_000 });
    const report = parse(result.stdout);
    if (!report?.ok) await rememberSecrets(io.ctx, host, service, release);
    if (!report) return raiseRemote(host, `Release ${release} of ${service} could not be tried`, { argv }, result);
    if (!report.ok) {
      throw new RemoteError(`Release ${release} of ${service} does not come up on ${host}: ${report.seen}.`, {
        host, code: 'NOT_READY', stderr: report.log.join('\n'), hint: `Its last lines:\n${report.log.slice(-12).join('\n')}`,
        data: { health: report.health, log: report.log },
      });
    }
    await (await io.ctx.transport(host)).run({ argv: removeTree(`${releaseDir(service, release)}/.smoke`) });
    return { detail: report.seen };
  },
  repeatable: true,
});

function parse(stdout: string): SmokeReport | undefined {
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? (JSON.parse(last) as SmokeReport) : undefined;
}
