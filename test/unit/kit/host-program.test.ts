import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { PROTOCOL_VERSION } from '#protocol';
import type { OperationContext } from '../../../src/kit/context.js';
import { programChecks } from '../../../src/operations/doctor/programs.js';
import { refuseFired } from '../../../src/operations/router/watchdog.js';
import { probeFrom } from '../../../src/kit/probe.js';
import { markOn, statsOn } from '../../../src/operations/router/program-stats.js';
import { installStep } from '../../../src/operations/router/program-install.js';
import { appliedOn, putRouteOn } from '../../../src/operations/router/program-remote.js';
import type { RouterIo } from '../../../src/operations/router/engine.js';
import { sha256 } from '../../../src/operations/router/router-files.js';
import type { StepIo } from '../../../src/core/step.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../helpers/host-context.js';
import { recorded, serviceRecordOf } from '../../helpers/wire.js';

const FLEET =
  'fleet: f\nhosts: { vm: { address: 10.0.0.5, roles: [app, router] } }\nrouter: { host: vm, listen: 8080 }\n' +
  'services: { m1: { source: ./m1, placements: { vm: { platform: pm2, host: vm, port: 7071 } } } }\n';
const NEWER = PROTOCOL_VERSION + 1;
const OLDER = PROTOCOL_VERSION - 1;
const router = fileURLToPath(new URL('../../../packages/router/dist/bundle/router.cjs', import.meta.url));
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** What a command of a host prints, by a word of its command line; and its exit code. */
type Said = Record<string, unknown>;

/** A host whose programs say this. */
function hostThat(said: Said, { code = 0, stderr = '' } = {}) {
  const { ctx, events, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const transport = {
    getFile: async (path: string) =>
      path.endsWith('service.json') ? Buffer.from(JSON.stringify(serviceRecordOf({ address: '10.0.0.5' }))) : undefined,
    run: async ({ argv }: { argv: string[] }) => {
      const [, found = ''] = Object.entries(said).find(([word]) => argv.some((each) => each.includes(word))) ?? [];
      return { code, signal: null, stdout: typeof found === 'string' ? found : JSON.stringify(found), stderr };
    },
  } as unknown as Transport;
  const own: OperationContext = { ...withTransport(ctx, async () => transport), assets: { ...ctx.assets, router } };
  return { ctx: own, notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])) };
}

const AT = '2026-11-21T00:00:00.000Z';
const LISTEN = { address: '127.0.0.1', port: 8080 };
const stats = (protocol?: number): object => ({ protocol, until: AT, complete: true, services: {} });
const applied = (protocol?: number, program = sha256(readFileSync(router))): object => ({
  ...{ protocol, pid: 1, at: AT, listen: LISTEN, routes: {}, errors: {} },
  holder: { protocol, pid: 2, enginePid: 1, engine: 'embedded', listen: LISTEN, program },
});
const figures = (ctx: OperationContext): Promise<unknown> => statsOn(ctx, 'vm', 'm1', { since: AT });

test('a program of this fanops is read without a word; an older and a newer one are read too, and said once with the way out', async () => {
  const own = hostThat({ stats: stats(PROTOCOL_VERSION) });
  await figures(own.ctx);
  expect(own.notices()).toEqual([]);
  for (const protocol of [undefined, OLDER]) {
    const older = hostThat({ stats: stats(protocol), applied: applied(protocol) });
    expect(await figures(older.ctx)).toEqual({ complete: true, placements: {} });
    await figures(older.ctx);
    await appliedOn(older.ctx, 'vm');
    expect(older.notices()).toEqual([
      `The router's program on vm is of an older fanops than this one (protocol ${protocol ?? 1}, this one speaks ${PROTOCOL_VERSION}). Bring it up to date: fanops router apply.`,
    ]);
  }
  const newer = hostThat({ stats: stats(NEWER) });
  await figures(newer.ctx);
  expect(newer.notices()).toEqual([
    `The router's program on vm is of a newer fanops than this one (protocol ${NEWER}, this one speaks ${PROTOCOL_VERSION}). Update fanops on this machine.`,
  ]);
});

test('an answer that cannot be read names the program, its host and the place; of an older or newer program, that is why', async () => {
  const broken = { ...stats(PROTOCOL_VERSION), services: { m1: { placements: { vm: { requests: 'many' } } } } };
  await expect(figures(hostThat({ stats: broken }).ctx)).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    host: 'vm',
    message: expect.stringMatching(
      /^The router's program on vm gave an answer that cannot be read: services\.m1\.placements\.vm\.requests: /,
    ) as string,
    nextSteps: ['fanops router apply'],
  });
  for (const text of ['', '<html>', '{"until":'])
    await expect(figures(hostThat({ stats: text }).ctx), text).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  await expect(figures(hostThat({ stats: { ...broken, protocol: undefined } }).ctx)).rejects.toMatchObject({
    code: 'OLD_ROUTER',
    where: 'vm',
    exitCode: 5,
    nextSteps: ['fanops router apply'],
  });
  await expect(figures(hostThat({ stats: { ...broken, protocol: NEWER } }).ctx)).rejects.toMatchObject({
    code: 'NEWER_PROGRAM',
    where: 'vm',
    exitCode: 5,
    hint: 'Update fanops on this machine.',
  });
});

test('every reader of the router refuses what is no answer', async () => {
  const { ctx } = hostThat({ applied: '[]', stats: '{}', probe: '{"probes":[{}]}' }, {});
  const io = { ctx, runId: 'r', step: { id: 's' }, signal: ctx.signal } as unknown as RouterIo;
  for (const read of [
    () => appliedOn(ctx, 'vm'),
    () => markOn(ctx, 'vm'),
    () => figures(ctx),
    () => probeFrom(ctx, 'vm', {}),
  ])
    await expect(read()).rejects.toMatchObject({ name: 'PreconditionError', where: 'vm', code: 'OLD_ROUTER' });
  const refused = hostThat({ put: 'text' }, { code: 4 });
  await expect(putRouteOn({ ...io, ctx: refused.ctx }, 'vm', recorded())).rejects.toMatchObject({ code: 'BAD_ANSWER' });
});

test('a program that does not know what it is asked for is told to be replaced when it is older, and fanops to be updated when it is newer', async () => {
  const unknown = { code: 2, stderr: "Unknown option '--rising'" };
  await expect(probeFrom(hostThat({}, unknown).ctx, 'vm', {})).rejects.toMatchObject({ code: 'OLD_ROUTER' });
  const newer = hostThat({ probe: { error: { code: 'USAGE', message: '' }, protocol: NEWER } }, unknown);
  await expect(probeFrom(newer.ctx, 'vm', {})).rejects.toMatchObject({ code: 'NEWER_PROGRAM', exitCode: 5 });
});

test('router apply replaces an older program, and leaves a newer one alone, whether it runs or not', async () => {
  const files = [{ from: 'asset', source: router, where: '', target: 'fanops/router/router.cjs' }];
  const look = (said: Said, code = 0) => {
    const { ctx } = hostThat(said, { code });
    const io = { ctx, runId: 'r', step: { id: 's' }, input: { host: 'vm', files }, signal: ctx.signal };
    return installStep.handler.check!(io as unknown as StepIo<OperationContext, never>, undefined);
  };
  const change = { state: 'change', changes: ['the program is uploaded'] };
  expect(await look({ applied: applied(OLDER) })).toEqual(change);
  expect(await look({ applied: '' }, 1)).toEqual(change);
  const newer = { code: 'NEWER_PROGRAM', where: 'vm', exitCode: 5 };
  await expect(look({ applied: applied(NEWER) })).rejects.toMatchObject(newer);
  const stopped = { error: { code: 'FAILED', message: 'no router runs on this directory' }, protocol: NEWER };
  await expect(look({ applied: stopped }, 1)).rejects.toMatchObject(newer);
});

/** What doctor says of the programs of a host that runs the router and m1. */
async function doctorOf(router: object, protocol?: number): Promise<unknown> {
  const health = { protocol, status: 'ok', app: 'm1', functions: [], pid: 1, startedAt: AT, version: '0.1.0' };
  const pm2 = (name: string, script: string): object => ({ name, script, status: 'online' });
  const { ctx } = hostThat({
    'fanops-standing': 'service m1\nrouter\n',
    jlist: [pm2('m1', 'fanops/services/m1/x'), pm2('fanops-router', 'fanops/router/router.cjs')],
    applied: router,
    health: { status: 200, body: JSON.stringify(health) },
  });
  const [check] = await programChecks(ctx, 'vm');
  return check;
}

test('doctor tells of a router and a functions host that are older, newer, or another build, and of the way out', async () => {
  const own = applied(PROTOCOL_VERSION);
  expect(await doctorOf(own, PROTOCOL_VERSION)).toMatchObject({
    id: 'host/vm/programs',
    state: 'ok',
    detail: 'm1, fanops-router',
  });
  expect(await doctorOf(applied(OLDER), PROTOCOL_VERSION)).toMatchObject({ state: 'warn', fix: 'fanops router apply' });
  expect(await doctorOf(applied(PROTOCOL_VERSION, 'other'), PROTOCOL_VERSION)).toMatchObject({
    state: 'warn',
    detail: "The router's program on vm is another build",
    fix: 'fanops router apply',
  });
  expect(await doctorOf(own)).toMatchObject({
    state: 'warn',
    detail: expect.stringContaining('The functions host of m1 on vm is of an older fanops') as string,
    fix: 'fanops deploy m1',
  });
  expect(await doctorOf(applied(NEWER), PROTOCOL_VERSION)).toMatchObject({
    state: 'fail',
    fix: 'Update fanops on this machine.',
  });
  expect(await doctorOf(own, NEWER)).toMatchObject({ state: 'fail' });
});

test('a watchdog that says what is no word of its is not taken for one on guard', async () => {
  await refuseFired(hostThat({ 'fanops-watchdog': 'renewed\n' }).ctx, 'vm', 'm1');
  for (const text of ['', 'asleep'])
    await expect(refuseFired(hostThat({ 'fanops-watchdog': text }).ctx, 'vm', 'm1'), text).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      host: 'vm',
      message: 'The watchdog of m1 on vm gave an answer that cannot be read.',
    });
});
