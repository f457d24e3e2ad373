import { BugError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { login, swap, system, timeSync, updates } from '../../remote/bootstrap/base.js';
import { firewall, parseRuleset, RULES_FILE } from '../../remote/bootstrap/firewall.js';
import { node } from '../../remote/bootstrap/node.js';
import { pm2 } from '../../remote/bootstrap/pm2.js';
import { docker, haproxy, lowPorts, nginx } from '../../remote/bootstrap/roles.js';
import type { BootstrapTask } from '../../remote/bootstrap/task.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { publishedPorts, wantedRules } from './rules.js';

/** Something that a host gets, by its roles and by what runs on it. */
interface TaskEntry {
  name: string;
  title: string;
  /** @param fenced the machine is one of a cloud, and gets a firewall of its own as well */
  wanted(at: { fleet: Fleet; host: string; fenced: boolean }): boolean;
  make(ctx: OperationContext, host: string): Promise<BootstrapTask> | BootstrapTask;
}

const always = (): boolean => true;
/** All but a host that is only passed through runs something of fanops. */
const runs = ({ fleet, host }: { fleet: Fleet; host: string }): boolean =>
  fleet.host(host).roles.some((role) => role !== 'bastion');
const engine =
  (name: string) =>
  ({ fleet: { config }, host }: { fleet: Fleet; host: string }): boolean =>
    config.router?.host === host && config.router.engine === name;

/**
 * What a host gets, in this order: what may need packages of the distribution, where there is no way to them, comes
 * after what does not.
 */
const TASKS: readonly TaskEntry[] = [
  {
    name: 'system',
    title: 'Look at its system',
    wanted: always,
    make: async (ctx, host) => system(await deployLogin(ctx, host)),
  },
  { name: 'login', title: 'Set up the login', wanted: always, make: loginTask },
  { name: 'swap', title: 'Give it swap', wanted: always, make: () => swap() },
  {
    name: 'node',
    title: 'Install Node',
    wanted: runs,
    make: async (ctx, host) => node(enough(await ctx.fleet(), host), 'distribution'),
  },
  {
    name: 'pm2',
    title: 'Install PM2',
    wanted: runs,
    make: async (ctx, host) => pm2(await deployLogin(ctx, host)),
  },
  { name: 'nginx', title: 'Install nginx', wanted: engine('nginx'), make: () => nginx() },
  { name: 'haproxy', title: 'Install HAProxy', wanted: engine('haproxy'), make: () => haproxy() },
  {
    name: 'low-ports',
    title: 'Let the router have its ports',
    wanted: ({ fleet, host }) => publishedPorts(fleet, host).some((port) => port < 1024),
    make: async (ctx, host) => lowPorts(Math.min(...publishedPorts(await ctx.fleet(), host))),
  },
  {
    name: 'docker',
    title: 'Install Docker',
    wanted: ({ fleet, host }) => fleet.host(host).roles.includes('ops-hub'),
    make: async (ctx, host) => docker(await deployLogin(ctx, host)),
  },
  {
    name: 'firewall',
    title: 'Close what nobody needs',
    wanted: ({ fenced }) => fenced,
    make: async (ctx, host) => firewall(await insideRules(ctx, host)),
  },
  { name: 'time', title: 'Keep the time right', wanted: always, make: () => timeSync() },
  { name: 'updates', title: 'Install security updates by themselves', wanted: always, make: () => updates() },
];

/** @throws BugError for a name that no task has */
function entryOf(name: string): TaskEntry {
  const entry = TASKS.find((each) => each.name === name);
  if (entry) return entry;
  throw new BugError(`There is no task "${name}" of a host.`);
}

export const titleOf = (name: string): string => entryOf(name).title;

/** Major version of Node that is enough: the functions host runs on 20, the router needs what 22 has. */
const enough = (fleet: Fleet, host: string): number => (fleet.config.router?.host === host ? 22 : 20);

/**
 * The names of what a host gets by its roles. `fenced`: the machine is one of a cloud, and gets a firewall of its own
 * as well.
 */
export const tasksFor = (fleet: Fleet, host: string, fenced: boolean): string[] =>
  TASKS.filter(({ name, wanted }) => wanted({ fleet, host, fenced }) || isTool(fleet, host, name)).map(
    ({ name }) => name,
  );

/** Whether a platform of what is to run on the host needs what the task brings. */
const isTool = (fleet: Fleet, host: string, task: string): boolean =>
  fleet
    .placementsOn(host)
    .some(({ service, name }) => fleet.platform(service, name).tools?.some((tool) => tool.task === task));

/** The login that deploys there: root itself never does. */
export async function deployLogin(ctx: OperationContext, host: string): Promise<string> {
  const named = (await ctx.fleet()).loginOf(host) ?? (await hostFacts(ctx, host)).user;
  return named === 'root' ? 'deploy' : named;
}

/**
 * A task as it stands now. Node and PM2 are asked for as packages; where those cannot be had, the step goes other ways.
 */
export const taskOf = async (ctx: OperationContext, host: string, name: string): Promise<BootstrapTask> =>
  entryOf(name).make(ctx, host);

async function loginTask(ctx: OperationContext, host: string): Promise<BootstrapTask> {
  const { authorizedKeys, listedKeys } = await ctx.hosts.operatorKeys(host);
  return login(
    await deployLogin(ctx, host),
    authorizedKeys,
    listedKeys,
    (await ctx.fleet()).host(host).provider !== undefined,
  );
}

/**
 * Inside the machine SSH stays open: who may knock is for the firewall of the provider to say, which can be changed
 * when nobody gets in any more.
 */
async function insideRules(
  ctx: OperationContext,
  host: string,
): Promise<Awaited<ReturnType<typeof wantedRules>>['rules']> {
  const present = await (await ctx.hosts.transport(host)).getFile(RULES_FILE);
  const { rules } = await wantedRules(ctx, host, {
    keepAuto: true,
    present: parseRuleset(present?.toString('utf8') ?? ''),
  });
  return rules.map((rule) => (rule.purpose === 'ssh' ? { ...rule, from: ['0.0.0.0/0'] } : rule));
}

/** Node from one source. */
export async function nodeFrom(
  ctx: OperationContext,
  host: string,
  source: Parameters<typeof node>[1],
  copied?: string,
): Promise<BootstrapTask> {
  return node(enough(await ctx.fleet(), host), source, copied);
}

/** PM2 from a folder that was copied to the host. */
export async function pm2From(ctx: OperationContext, host: string, copied: string): Promise<BootstrapTask> {
  return pm2(await deployLogin(ctx, host), copied);
}
