import { exists } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { install, RELEASE } from '../../remote/release.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';

const INSTALL_TIMEOUT_MS = 600_000;

/** Installs the app's dependencies on the host from its own lockfile. */
export const installStep = defineStep<
  OperationContext,
  { service: string; host: string; release: string; hasLock: boolean }
>('release.install', {
  async check(io) {
    const { service, host, release, hasLock } = io.input;
    const transport = await io.ctx.hosts.transport(host);
    const { code } = await transport.run({ argv: exists(`${releaseDir(service, release)}/${RELEASE.installed}`) });
    if (code === 0) return { state: 'done', detail: 'dependencies are installed' };
    return { state: 'change', changes: [`${install(hasLock).join(' ')}`] };
  },
  async apply(io) {
    const { service, host, release, hasLock } = io.input;
    const base = releaseDir(service, release);
    io.progress(`${install(hasLock).slice(0, 2).join(' ')} on ${host}`);
    await mutateOk(io, host, install(hasLock), `${install(hasLock).slice(0, 2).join(' ')} failed`, {
      cwd: `${base}/${RELEASE.app}`,
      timeoutMs: INSTALL_TIMEOUT_MS,
      onLine: (line) => io.line(line),
    });
    await (await io.ctx.hosts.transport(host)).putFile('', `${base}/${RELEASE.installed}`);
  },
});
