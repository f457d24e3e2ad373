import { removeTree } from '../../remote/files.js';
import { currentLink, serviceDir, serviceRecord } from '../../remote/layout.js';
import { deleteApp, saveList } from '../../remote/pm2.js';
import type { ServiceRecord } from '../../remote/release.js';
import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { mutateOk } from '../on-host.js';
import { currentRelease, processesOf, readServiceRecord, run, type ProcessIo, type ProcessSpec } from './process.js';

/** Makes a release the one that runs. When it does not come up, the one before runs again and the step fails. */
export const activateStep = defineStep<OperationContext, ProcessSpec>({
  async check(io) {
    const { service, host, release, background } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    const processes = record ? await processesOf(io.ctx, host, service) : [];
    const live = processes.length > 0 && processes.every((app) => app.status === 'online' && app.release === release);
    if (record?.release === release && record.background === background && live) return { state: 'done', detail: `release ${release} runs` };
    return { state: 'change', changes: [`${service} on ${host}: ${record && processes.length > 0 ? record.release : 'nothing'} -> ${release}`] };
  },
  async apply(io) {
    const { service, host, release } = io.input;
    const before = await readServiceRecord(io.ctx, host, service);
    const wasLive = (await processesOf(io.ctx, host, service)).length > 0;
    const previous = wasLive && before && before.release !== release ? before : undefined;
    const made = await io.willMake(previous && !io.input.idle
      ? { kind: 'release.activate', title: `Put release ${previous.release} of ${service} back on ${host}`, input: { ...io.input, release: previous.release, background: previous.background } }
      : { kind: 'release.stop', title: `Stop ${service} on ${host}`, input: { service, host, release } });
    try {
      await run(io, io.input);
    } catch (error) {
      io.progress(previous ? `putting release ${previous.release} back` : 'ending what does not come up');
      const signal = AbortSignal.timeout(150_000);
      const calm = { ...io, ctx: { ...io.ctx, signal }, signal };
      if (previous) await run(calm, { ...io.input, release: previous.release, background: previous.background });
      else if (!wasLive) await stop(calm, service, host);
      throw error;
    }
    await writeRecord(io, io.input, before);
    await made();
    return { release, previous: previous?.release ?? before?.previous ?? null };
  },
});

/** Writes down on the host what runs there. */
async function writeRecord(io: ProcessIo, spec: ProcessSpec, before: ServiceRecord | undefined): Promise<void> {
  const record: ServiceRecord = {
    service: spec.service,
    release: spec.release,
    previous: before && before.release !== spec.release ? before.release : before?.previous,
    background: spec.background,
    port: spec.port,
    run: io.runId,
    at: new Date(io.ctx.clock.now()).toISOString(),
  };
  await (await io.ctx.transport(spec.host)).putFile(`${JSON.stringify(record, null, 2)}\n`, serviceRecord(spec.service));
}

/** Ends the service's processes; its releases stay. */
async function stop(io: ProcessIo, service: string, host: string): Promise<void> {
  if ((await processesOf(io.ctx, host, service)).length > 0) {
    await mutateOk(io, host, deleteApp(service), 'PM2 could not end the service', { timeoutMs: 120_000 });
    await mutateOk(io, host, saveList(), 'PM2 could not save its list', { timeoutMs: 60_000 });
  }
  await mutateOk(io, host, removeTree(currentLink(service)), 'The link could not be removed', { brief: true });
  await mutateOk(io, host, removeTree(`${serviceDir(service)}/ecosystem.json`), 'The ecosystem file could not be removed', { brief: true });
  await mutateOk(io, host, removeTree(serviceRecord(service)), 'The record could not be removed', { brief: true });
}

/** Ends a service on a host; its releases stay, so that a later migration finds them. */
export const stopStep = defineStep<OperationContext, { service: string; host: string; /** Only when it is this one that runs. */ release?: string }>({
  async check(io) {
    const { service, host } = io.input;
    const [processes, release] = [await processesOf(io.ctx, host, service), await currentRelease(io.ctx, host, service)];
    if (processes.length === 0 && !release) return { state: 'done', detail: `${service} does not run on ${host}` };
    return { state: 'change', changes: [`${service} is stopped on ${host}`] };
  },
  async apply(io) {
    const { service, host, release } = io.input;
    const record = release ? await readServiceRecord(io.ctx, host, service) : undefined;
    if (record && record.release !== release) return;
    await stop(io, service, host);
  },
});
