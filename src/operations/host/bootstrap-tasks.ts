import { BugError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { login, swap, system, timeSync, updates } from '../../remote/bootstrap/base.js';
import { firewall, parseRuleset, RULES_FILE } from '../../remote/bootstrap/firewall.js';
import { docker, engineProgram, lowPorts } from '../../remote/bootstrap/roles.js';
import type { BootstrapTask } from '../../remote/bootstrap/task.js';
import type { OperationContext } from '../../kit/context.js';
import type { EngineModule } from '../../routers/contracts/module.js';
import {
  deployLogin,
  installNode,
  installPm2,
  nodeFrom,
  pm2From,
  type BootstrapIo,
  type Perform,
} from './install-programs.js';
import { publishedPorts, wantedRules } from './rules.js';

/** Something that a host gets, by its roles and by what runs on it. */
interface TaskEntry {
  name: string;
  title: string;
  /** @param fenced the machine is one of a cloud, and gets a firewall of its own as well */
  wanted(at: { fleet: Fleet; host: string; fenced: boolean }): boolean;
  /**
   * The task as it stands now. Node and PM2 are asked for as packages; where those cannot be had, `install` goes other
   * ways.
   */
  make(ctx: OperationContext, host: string): Promise<BootstrapTask> | BootstrapTask;
  /** How it is brought about where running the task may not do. */
  install?(io: BootstrapIo, perform: Perform): Promise<void>;
}

const always = (): boolean => true;
/** All but a host that is only passed through runs something of fanops. */
const runs = ({ fleet, host }: { fleet: Fleet; host: string }): boolean =>
  fleet.host(host).roles.some((role) => role !== 'bastion');
/**
 * What a host gets, in this order: what may need packages of the distribution, where there is no way to them, comes
 * after what does not.
 */
const tasksWith = (engines: readonly EngineModule[]): readonly TaskEntry[] => [
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
    make: (ctx, host) => nodeFrom(ctx, host, 'distribution'),
    install: installNode,
  },
  {
    name: 'pm2',
    title: 'Install PM2',
    wanted: runs,
    make: (ctx, host) => pm2From(ctx, host),
    install: installPm2,
  },
  ...engines.flatMap(engineTask),
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

/** What a host gets for an engine of the router that runs a program of others. */
const engineTask = ({ name: engine, program }: EngineModule): TaskEntry[] =>
  program
    ? [
        {
          name: engine,
          title: `Install ${program.name}`,
          wanted: ({ fleet, host }) => fleet.config.router?.host === host && fleet.engine().name === engine,
          make: () => engineProgram(program.command, program.package),
        },
      ]
    : [];

/** @throws BugError for a name that no task has */
export async function taskEntry(ctx: OperationContext, name: string): Promise<TaskEntry> {
  const entry = tasksWith(await ctx.engines.all()).find((each) => each.name === name);
  if (entry) return entry;
  throw new BugError(`There is no task "${name}" of a host.`);
}

/**
 * What a host gets by its roles. `fenced`: the machine is one of a cloud, and gets a firewall of its own as well.
 */
export async function tasksFor(
  ctx: OperationContext,
  host: string,
  fenced: boolean,
): Promise<Pick<TaskEntry, 'name' | 'title'>[]> {
  const fleet = await ctx.fleet();
  return tasksWith(await ctx.engines.all()).filter(
    ({ name, wanted }) => wanted({ fleet, host, fenced }) || isTool(fleet, host, name),
  );
}

/** Whether a platform of what is to run on the host needs what the task brings. */
const isTool = (fleet: Fleet, host: string, task: string): boolean =>
  fleet
    .placementsOn(host)
    .some(({ service, name }) => fleet.platform(service, name).tools?.some((tool) => tool.task === task));

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
