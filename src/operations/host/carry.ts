import { existsSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskFullError, saysDiskFull } from '../../core/disk-full.js';
import { lastLines } from '../../core/lines.js';
import { PreconditionError } from '../../core/errors.js';
import { NPM_PATIENCE, PM2_VERSION } from '../../remote/bootstrap/pm2.js';
import { removeTree } from '../../remote/files.js';
import { stagingDir } from '../../remote/layout.js';
import type { StepIo } from '../../core/step.js';
import { packDirectory } from '../../transports/tar.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';

type Io = Pick<StepIo<OperationContext>, 'ctx' | 'signal' | 'progress'>;

const PUT_MS = 600_000;
const INSTALL_MS = 300_000;

/**
 * Carries the Node and the npm of this machine to a host; gives the absolute path of the folder there. @throws
 * PreconditionError when it would not run there.
 */
export async function carryNode({ ctx, signal, progress }: Io, host: string): Promise<string> {
  const { home, system } = await hostFacts(ctx, host);
  const here = `Linux ${{ x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64le' }[process.arch as string] ?? process.arch}`;
  if (process.platform !== 'linux' || system !== here) {
    throw new PreconditionError(`The Node of this machine does not run on ${host}, which is ${system}.`, {
      code: 'NO_NODE',
      where: host,
    });
  }
  const npm = npmFolder();
  if (!npm)
    throw new PreconditionError('There is no npm on this machine that could be copied.', {
      code: 'NO_NODE',
      where: host,
    });
  const there = `${stagingDir}/node`;
  const transport = await ctx.hosts.transport(host);
  progress(`copies Node ${process.versions.node} of this machine`);
  const program = basename(process.execPath);
  await transport.run({ argv: removeTree(there) }, { signal });
  await transport.putTar(
    packDirectory(dirname(process.execPath), { ignore: (path) => path !== program }),
    `${there}/bin`,
    { timeoutMs: PUT_MS, signal },
  );
  if (program !== 'node')
    await transport.run({ argv: ['mv', `${there}/bin/${program}`, `${there}/bin/node`] }, { signal });
  await transport.putTar(packDirectory(npm), `${there}/lib/node_modules/npm`, { timeoutMs: PUT_MS, signal });
  return `${home}/${there}`;
}

/**
 * Installs PM2 on this machine, below the state folder, and carries it to a host; gives the absolute path of the folder
 * there.
 */
export async function carryPm2({ ctx, signal, progress }: Io, host: string): Promise<string> {
  const cache = join(await ctx.state.dir(), 'cache');
  await mkdir(cache, { recursive: true });
  const folder = join(cache, `pm2-${PM2_VERSION}`);
  if (!existsSync(join(folder, 'node_modules/pm2/bin/pm2'))) {
    progress('installs PM2 on this machine, to copy it');
    const npm = npmFolder();
    // Several hosts may want it at once: each installs on its own, and the first that is ready is taken.
    const draft = await mkdtemp(`${folder}.`);
    const argv = [
      ...(npm ? [process.execPath, join(npm, 'bin/npm-cli.js')] : ['npm']),
      'install',
      '--prefix',
      draft,
      '--no-audit',
      '--no-fund',
      '--no-save',
      ...NPM_PATIENCE,
      `pm2@${PM2_VERSION}`,
    ];
    const { code, stderr } = await (await ctx.hosts.controlMachine()).run({ argv }, { timeoutMs: INSTALL_MS, signal });
    if (code !== 0) await rm(draft, { recursive: true, force: true });
    if (code !== 0 && saysDiskFull(stderr)) throw diskFullError(folder, new Error(stderr));
    if (code !== 0)
      throw new PreconditionError(`PM2 cannot be installed on this machine either: ${lastLines(stderr, 4)}`, {
        code: 'NO_PM2',
        where: host,
      });
    await rename(draft, folder).catch(async (error: NodeJS.ErrnoException) => {
      await rm(draft, { recursive: true, force: true });
      if (!['EEXIST', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
    });
  }
  const there = `${stagingDir}/pm2`;
  const transport = await ctx.hosts.transport(host);
  progress('copies PM2');
  await transport.run({ argv: removeTree(there) }, { signal });
  await transport.putTar(packDirectory(folder), there, { timeoutMs: PUT_MS, signal });
  return `${(await hostFacts(ctx, host)).home}/${there}`;
}

/** npm as a folder: beside the running Node, else that of the command on PATH. */
function npmFolder(): string | undefined {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm');
  const onPath = (process.env.PATH ?? '')
    .split(':')
    .filter(Boolean)
    .map((folder) => join(folder, 'npm'))
    .filter((file) => existsSync(file))
    .map((file) => dirname(dirname(realpathSync(file))));
  return [beside, ...onPath].find((folder) => existsSync(join(folder, 'bin/npm-cli.js')));
}
