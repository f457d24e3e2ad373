import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RemoteError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { linkFile, makeDirs } from '../../remote/files.js';
import { routerDir, routerProgram } from '../../remote/layout.js';
import { routerApp } from '../../remote/standing.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { requireOwnRouter } from '../../kit/own.js';
import { ownProcesses } from '../../kit/pm2-apps.js';
import { appliedOn, refuseNewerRouter } from './program-remote.js';
import { contentOf, modeOf, sha256, type RouterFile } from './router-files.js';
import { removeStep } from './program-remove.js';

interface InstallInput {
  host: string;
  files: RouterFile[];
}
type InstallIo = StepIo<OperationContext, InstallInput>;
type LookIo = Pick<InstallIo, 'ctx' | 'input'>;

/** The program that was there before, until the new one has taken over. */
const KEPT = `${routerProgram}.kept`;
const TAKE_OVER_MS = 60_000;

/**
 * Brings the router's program and its files to the host. The program comes last, since a router that runs follows it at
 * once; what follows rests on it,
 * so the step ends when it has taken over.
 */
export const installStep = defineStep<OperationContext, InstallInput, { updated: number }>('router.install', {
  async check(io) {
    const {
      input: { files },
    } = io;
    const stale = await staleFiles(io);
    if (stale.some(isProgram)) await refuseNewerRouter(io.ctx, io.input.host);
    if (stale.length > 0)
      return {
        state: 'change',
        changes: [stale.length === files.length ? 'the program is uploaded' : `${stale.length} files are updated`],
      };
    const takesOver = await isToTakeOver(io);
    return !takesOver
      ? { state: 'done', detail: 'the program is there' }
      : { state: 'change', changes: ['the router takes its new program up'] };
  },
  async apply(io) {
    const { host } = io.input;
    const transport = await io.ctx.hosts.transport(host);
    await requireOwnRouter(io.ctx, host);
    const stale = await staleFiles(io);
    if (stale.some(isProgram)) await refuseNewerRouter(io.ctx, host);
    const first = (await transport.getFile(routerProgram)) === undefined;
    const made = first ? await io.willMake(removeStep.inverse(`Remove the router from ${host}`, { host })) : undefined;
    const dirs = [`${routerDir}/routes`, `${routerDir}/logs`, ...new Set(stale.map(({ target }) => dirname(target)))];
    await mutateOk(io, host, makeDirs(...dirs), 'The folder of the router could not be made', { brief: true });
    const kept = !first && stale.some(isProgram);
    if (kept)
      await mutateOk(io, host, linkFile(routerProgram, KEPT), 'The earlier program of the router could not be kept', {
        brief: true,
      });
    for (const file of [...stale.filter((each) => !isProgram(each)), ...stale.filter(isProgram)]) {
      await transport.putFile(await contentOf(io.ctx, file), file.target, modeOf(file));
    }
    await untilTakenOver(io, kept);
    await made?.();
    return { updated: stale.length };
  },
});

const isProgram = ({ target }: RouterFile): boolean => target === routerProgram;

async function staleFiles(io: LookIo): Promise<RouterFile[]> {
  const transport = await io.ctx.hosts.transport(io.input.host);
  const stale: RouterFile[] = [];
  for (const file of io.input.files) {
    if (!(await transport.getFile(file.target))?.equals(await contentOf(io.ctx, file))) stale.push(file);
  }
  return stale;
}

/**
 * What a router that runs says of its program while it is another one than that of this fanops; undefined when it is
 * not, or no router runs.
 */
async function earlierProgram({ ctx, input: { host } }: LookIo): Promise<{ refusal?: string } | undefined> {
  const holder = (await appliedOn(ctx, host))?.holder;
  if (holder?.program === undefined || holder.program === sha256(await readFile(ctx.assets.router))) return undefined;
  return holder.error === undefined ? {} : { refusal: holder.error };
}

/**
 * Whether PM2 runs a router with another program. An engine whose holder is dead follows none: it is replaced when the
 * router is started.
 */
async function isToTakeOver(io: LookIo): Promise<boolean> {
  if ((await earlierProgram(io)) === undefined) return false;
  return (await ownProcesses(io.ctx, io.input.host, routerApp)).some(({ status }) => status === 'online');
}

/**
 * @throws RemoteError when the router that runs does not take its new program up in time; what it runs is then what a
 * restart brings back
 */
async function untilTakenOver(io: InstallIo, kept: boolean): Promise<void> {
  const {
    ctx,
    input: { host },
  } = io;
  let refusal: string | undefined;
  if (!(await isToTakeOver(io))) return;
  try {
    await waitFor(
      async () => {
        const seen = await earlierProgram(io);
        refusal = seen?.refusal;
        return seen === undefined
          ? { done: true, value: undefined }
          : { done: false, seen: refusal ?? 'it runs the earlier one yet' };
      },
      {
        clock: ctx.io.clock,
        what: 'the router to take its new program up',
        timeoutMs: TAKE_OVER_MS,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  } catch (error) {
    if (io.signal.aborted) throw error;
    if (kept)
      await mutateOk(
        io,
        host,
        linkFile(KEPT, routerProgram),
        'The earlier program of the router could not be put back',
        { brief: true },
      );
    throw new RemoteError(
      `The router on ${host} does not take its new program up${refusal === undefined ? '' : `: ${refusal}`}.`,
      {
        host,
        code: 'NOT_READY',
        cause: error,
        hint: 'What served before serves on, with the program that it had.',
        nextSteps: [`fanops exec ${host} -- tail -n 40 fanops/router/logs/error.log`],
      },
    );
  }
}
