import { readFile } from 'node:fs/promises';
import { RemoteError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Step } from '../../core/plan.js';
import { waitFor } from '../../core/wait.js';
import type { Fleet } from '../../fleet/fleet.js';
import { removeRoute } from '../../remote/embedded-router.js';
import { listDir, makeDirs, removeTree, tailFiles } from '../../remote/files.js';
import { probePort } from '../../remote/host-facts.js';
import { routerDir, routerProgram, routerState } from '../../remote/layout.js';
import { deleteApp, ecosystem, listApps, parseApps, saveList, startOrReload } from '../../remote/pm2.js';
import { defineStep, type Handlers, type StepIo } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { hostFacts } from '../facts.js';
import { ask, mutateOk } from '../on-host.js';
import { embeddedEngine } from './embedded.js';
import { readRoute, type Route } from './route.js';
import { mergeRoute, sameRoute } from './wanted-route.js';

/** Name of the router's process under PM2. */
export const ROUTER_APP = 'fanops-router';
const ECOSYSTEM = `${routerDir}/ecosystem.json`;

/** Services that have a route on the router host, whether the fleet file names them or not. */
export async function routesOnHost(ctx: OperationContext, host: string): Promise<string[]> {
  const names = await ask(ctx, host, listDir(`${routerDir}/routes`), 'The routes could not be listed');
  return names.split('\n').filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).sort();
}

/** The steps that bring the embedded engine to what the file wants. */
export function embeddedSteps(fleet: Fleet, host: string, routes: JsonObject[], extra: string[]): Step[] {
  const router = fleet.router();
  const address = router.address ?? (fleet.host(host).provider === 'local' ? '127.0.0.1' : '0.0.0.0');
  return [
    { id: 'install', kind: 'router.install', title: 'Install the router', host, input: { host } },
    { id: 'configure', kind: 'router.configure', title: `Listen on ${address}:${router.listen}`, host, input: { host, address, port: router.listen } },
    ...routes.map((route) => ({ id: `route/${String(route.service)}`, kind: 'router.route', title: `Route ${String(route.path)} to ${String(route.service)}`, host, input: { host, service: String(route.service), route } })),
    ...extra.map((service) => ({ id: `remove/${service}`, kind: 'router.unroute', title: `Remove the route of ${service}`, host, input: { host, service } })),
    { id: 'start', kind: 'router.start', title: 'Run the router under PM2', host, input: { host, port: router.listen, address } },
  ];
}

const installStep = defineStep<OperationContext, { host: string }>({
  async check(io) {
    const present = await (await io.ctx.transport(io.input.host)).getFile(routerProgram);
    if (present?.equals(await readFile(io.ctx.assets.router))) return { state: 'done', detail: 'the program is there' };
    return { state: 'change', changes: [present ? 'the program is updated' : 'the program is uploaded'] };
  },
  async apply(io) {
    const { host } = io.input;
    const made = await io.willMake({ kind: 'router.remove', title: `Remove the router from ${host}`, input: { host } });
    await mutateOk(io, host, makeDirs(`${routerDir}/routes`, `${routerDir}/logs`), 'The folder of the router could not be made', { brief: true });
    await (await io.ctx.transport(host)).putFile(await readFile(io.ctx.assets.router), routerProgram);
    await made();
    return { updated: true };
  },
});

interface Listen { address: string; port: number }

const configureStep = defineStep<OperationContext, { host: string } & Listen>({
  async check(io) {
    const content = await (await io.ctx.transport(io.input.host)).getFile(routerState);
    const listen = content ? (JSON.parse(content.toString('utf8')) as { listen: Listen }).listen : undefined;
    const { address, port } = io.input;
    if (listen?.address === address && listen.port === port) return { state: 'done' };
    return { state: 'change', changes: [`listen: ${listen ? `${listen.address}:${listen.port}` : 'nowhere'} -> ${address}:${port}`] };
  },
  async apply(io) {
    const { host, address, port } = io.input;
    await (await io.ctx.transport(host)).putFile(`${JSON.stringify({ listen: { address, port } })}\n`, routerState);
  },
});

const routeStep = defineStep<OperationContext, { host: string; service: string; route: Route }>({
  async check(io) {
    const present = await readRoute(io.ctx, io.input.service);
    const next = mergeRoute(io.input.route, present);
    if (present && sameRoute(present, next)) return { state: 'done' };
    const targets = next.placements.map((placement) => `${placement.name} ${placement.url} ${placement.weight} %`).join(', ');
    return { state: 'change', changes: [`${next.host ?? ''}${next.path} -> ${targets}`] };
  },
  async apply(io) {
    const { host, service, route } = io.input;
    const next = mergeRoute(route, await readRoute(io.ctx, service));
    await embeddedEngine.putRoute(io, host, { ...next, fence: io.fence(host), run: io.runId, at: new Date(io.ctx.clock.now()).toISOString() });
  },
});

const unrouteStep = defineStep<OperationContext, { host: string; service: string }>({
  async check(io) {
    const present = await readRoute(io.ctx, io.input.service);
    return present ? { state: 'change', changes: [`${present.path} is not routed any more`] } : { state: 'done' };
  },
  async apply(io) {
    await mutateOk(io, io.input.host, removeRoute(io.input.service), 'The route could not be removed', { brief: true });
  },
});

const startStep = defineStep<OperationContext, { host: string } & Listen>({
  async check(io) {
    const running = await embeddedEngine.running(io.ctx, io.input.host);
    if (running && !io.outputs('install')?.updated) return { state: 'done', detail: 'it runs' };
    return { state: 'change', changes: [running ? 'the router is reloaded' : 'the router is started'] };
  },
  async apply(io) {
    const { host, port, address } = io.input;
    const transport = await io.ctx.transport(host);
    const apps = parseApps(await ask(io.ctx, host, listApps(), 'PM2 could not be asked', { timeoutMs: 30_000 }));
    if (!apps.some((app) => app.name === ROUTER_APP)) await refuseTakenPort(io, host, port, address);
    const { home } = await hostFacts(io.ctx, host);
    await transport.putFile(ecosystem({
      name: ROUTER_APP, script: `${home}/${routerProgram}`, args: ['serve', '--dir', `${home}/${routerDir}`], cwd: `${home}/${routerDir}`,
      instances: 1, env: { NODE_ENV: 'production' }, outFile: `${home}/${routerDir}/logs/out.log`, errorFile: `${home}/${routerDir}/logs/error.log`,
      listenTimeoutMs: 15_000, killTimeoutMs: 30_000,
    }), ECOSYSTEM, 0o600);
    await mutateOk(io, host, startOrReload(ECOSYSTEM), 'PM2 could not start the router', { timeoutMs: 120_000 });
    await waitUntilRunning(io, host);
    await mutateOk(io, host, saveList(), 'PM2 could not save its list', { timeoutMs: 60_000 });
  },
});

async function refuseTakenPort(io: StepIo<OperationContext, object>, host: string, port: number, address: string): Promise<void> {
  const answer = (await ask(io.ctx, host, probePort(port, address), 'The port could not be looked at')).trim();
  if (answer === 'free') return;
  throw new RemoteError(`Port ${port} on ${host} ${answer === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${answer})`}.`, {
    host, code: 'PORT', hint: 'End that program, or change router.listen in the fleet file.',
  });
}

async function waitUntilRunning(io: StepIo<OperationContext, object>, host: string): Promise<void> {
  try {
    await waitFor(async () => {
      const running = await embeddedEngine.running(io.ctx, host);
      return running ? { done: true, value: undefined } : { done: false, seen: 'it does not run yet' };
    }, { clock: io.ctx.clock, what: 'the router to take its routes up', timeoutMs: 20_000, signal: io.signal, onWait: io.progress });
  } catch (error) {
    if (io.signal.aborted) throw error;
    const log = await ask(io.ctx, host, tailFiles(12, `${routerDir}/logs/out.log`, `${routerDir}/logs/error.log`), 'The logs could not be read');
    throw new RemoteError(`The router does not come up on ${host}.`, { host, code: 'NOT_READY', stderr: log, hint: `Its last lines:\n${log.trimEnd()}`, cause: error });
  }
}

const removeStep = defineStep<OperationContext, { host: string }>({
  async apply(io) {
    const { host } = io.input;
    const apps = parseApps(await ask(io.ctx, host, listApps(), 'PM2 could not be asked', { timeoutMs: 30_000 }));
    if (apps.some((app) => app.name === ROUTER_APP)) {
      await mutateOk(io, host, deleteApp(ROUTER_APP), 'PM2 could not end the router', { timeoutMs: 60_000 });
      await mutateOk(io, host, saveList(), 'PM2 could not save its list', { timeoutMs: 60_000 });
    }
    await mutateOk(io, host, removeTree(routerDir), 'The router could not be removed', { brief: true });
  },
  repeatable: true,
});

/** Handlers of the embedded engine's steps. */
export const embeddedHandlers: Handlers<OperationContext> = {
  'router.install': installStep,
  'router.configure': configureStep,
  'router.route': routeStep,
  'router.unroute': unrouteStep,
  'router.start': startStep,
  'router.remove': removeStep,
};
