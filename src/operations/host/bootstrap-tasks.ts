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

/**
 * What a host gets, in this order: what may need packages of the distribution, where there is no way to them, comes
 * after what does not.
 */
const TITLES = {
  system: 'Look at its system',
  login: 'Set up the login',
  swap: 'Give it swap',
  node: 'Install Node',
  pm2: 'Install PM2',
  nginx: 'Install nginx',
  haproxy: 'Install HAProxy',
  'low-ports': 'Let the router have its ports',
  docker: 'Install Docker',
  firewall: 'Close what nobody needs',
  time: 'Keep the time right',
  updates: 'Install security updates by themselves',
} as const;
export type TaskName = keyof typeof TITLES;

export const titleOf = (name: TaskName): string => TITLES[name];

/** Major version of Node that is enough: the functions host runs on 20, the router needs what 22 has. */
const enough = (fleet: Fleet, host: string): number => (fleet.config.router?.host === host ? 22 : 20);

/**
 * The names of what a host gets by its roles. `fenced`: the machine is one of a cloud, and gets a firewall of its own
 * as well.
 */
export function tasksFor(fleet: Fleet, host: string, fenced: boolean): TaskName[] {
  const { roles } = fleet.host(host);
  const { router } = fleet.config;
  const runs = roles.some((role) => role !== 'bastion');
  const wanted: Record<TaskName, boolean> = {
    system: true,
    login: true,
    time: true,
    updates: true,
    swap: true,
    node: runs,
    pm2: runs,
    nginx: router?.host === host && router.engine === 'nginx',
    haproxy: router?.host === host && router.engine === 'haproxy',
    'low-ports': publishedPorts(fleet, host).some((port) => port < 1024),
    docker: roles.includes('ops-hub'),
    firewall: fenced,
  };
  return (Object.keys(TITLES) as TaskName[]).filter((name) => wanted[name]);
}

/** The login that deploys there: root itself never does. */
export async function deployLogin(ctx: OperationContext, host: string): Promise<string> {
  const named = (await ctx.fleet()).loginOf(host) ?? (await hostFacts(ctx, host)).user;
  return named === 'root' ? 'deploy' : named;
}

/**
 * A task as it stands now. Node and PM2 are asked for as packages; where those cannot be had, the step goes other ways.
 */
export async function taskOf(ctx: OperationContext, host: string, name: TaskName): Promise<BootstrapTask> {
  const fleet = await ctx.fleet();
  switch (name) {
    case 'system':
      return system(await deployLogin(ctx, host));
    case 'login':
      return loginTask(ctx, host);
    case 'time':
      return timeSync();
    case 'updates':
      return updates();
    case 'swap':
      return swap();
    case 'node':
      return node(enough(fleet, host), 'distribution');
    case 'pm2':
      return pm2(await deployLogin(ctx, host));
    case 'nginx':
      return nginx();
    case 'haproxy':
      return haproxy();
    case 'low-ports':
      return lowPorts(Math.min(...publishedPorts(fleet, host)));
    case 'docker':
      return docker(await deployLogin(ctx, host));
    case 'firewall':
      return firewall(await insideRules(ctx, host));
  }
}

async function loginTask(ctx: OperationContext, host: string): Promise<BootstrapTask> {
  const { authorizedKeys, listedKeys } = await ctx.operatorKeys(host);
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
  const present = await (await ctx.transport(host)).getFile(RULES_FILE);
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
