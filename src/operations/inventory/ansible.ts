import type { z } from 'zod';
import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { writing } from '../../core/disk-full.js';
import { FanopsError, UserError } from '../../core/errors.js';
import { ExitCode } from '../../core/exit-codes.js';
import { quote, quoteForReading } from '../../core/quote.js';
import { readRegularFile } from '../../core/regular-file.js';
import { replaceFile } from '../../core/write-file.js';
import type { OperationContext } from '../../kit/context.js';
import { inventoryEntries, type Entries, type Entry } from './entries.js';
import type { hostVars, inventory as whole } from './ansible.schema.js';
import { sshConfigText, wayOf } from './openssh.js';

/** Variables of one host. */
export type HostVars = z.output<typeof hostVars>;

/** What Ansible's inventory scripts print for `--list`: groups, and the variables of all hosts at once. */
export type AnsibleInventory = z.output<typeof whole>;

function varsOf({ provider, roles, endpoint }: Entry, all: Entries, configFile: string): HostVars {
  const { identityFiles = [], userKnownHostsFiles = [], hostKeyAlias } = endpoint;
  const jump = wayOf(endpoint, all);
  const known = [all.knownHosts, ...userKnownHostsFiles].map((file) => `"${file.replaceAll('%', '%%')}"`).join(' ');
  const options = [
    `UserKnownHostsFile=${known}`,
    'StrictHostKeyChecking=yes',
    ...(hostKeyAlias ? [`HostKeyAlias=${hostKeyAlias}`] : []),
    ...identityFiles.slice(1).map((file) => `IdentityFile="${file.replaceAll('%', '%%')}"`),
    ...(jump ? [`ProxyJump=${jump}`] : []),
  ];
  return {
    ansible_host: endpoint.address,
    ansible_port: endpoint.port,
    ansible_user: endpoint.user,
    ...(identityFiles[0] === undefined ? {} : { ansible_ssh_private_key_file: identityFiles[0] }),
    // The hosts on the way are found in a file: what is on the command line counts for the last one only, split as a
    // shell does.
    ansible_ssh_common_args: [...(jump ? ['-F', configFile] : []), ...options.flatMap((option) => ['-o', option])]
      .map(quoteForReading)
      .join(' '),
    fanops_fleet: all.fleet,
    fanops_provider: provider,
    fanops_roles: roles,
  };
}

/** A group's name may hold letters, digits and underscores. The prefix keeps it apart from hosts of the same name. */
const group = (prefix: string, name: string): string => `${prefix}_${name.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;

/**
 * The inventory: a group for each role and each provider.
 * @throws FanopsError (exit 3) when it cannot be told of some host: Ansible would take what is left for all.
 */
export async function ansibleInventory(ctx: OperationContext): Promise<AnsibleInventory> {
  const all = await inventoryEntries(ctx);
  if (all.failed.length > 0) {
    throw new FanopsError(
      `The inventory is not complete: nothing is known of ${all.failed.map(({ name }) => name).join(', ')}.`,
      {
        code: 'PARTIAL',
        exitCode: ExitCode.partial,
        hint: all.failed.map(({ name, why }) => `${name}: ${why}`).join('\n'),
      },
    );
  }
  for (const { name, why } of all.absent) ctx.io.listener({ type: 'notice', message: `${name} is left out: ${why}` });
  const configFile = join(await ctx.state.dir(), 'ssh_config');
  if (all.entries.some(({ endpoint }) => endpoint.jumps?.length))
    await writeInFolder(configFile, sshConfigText(all), 0o600);
  const groups = new Map<string, string[]>();
  for (const { name, provider, roles } of all.entries) {
    for (const key of [...roles.map((role) => group('role', role)), group('provider', provider)])
      groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return {
    _meta: { hostvars: Object.fromEntries(all.entries.map((entry) => [entry.name, varsOf(entry, all, configFile)])) },
    all: { children: [...groups.keys()] },
    ...Object.fromEntries([...groups].map(([key, hosts]) => [key, { hosts }])),
  } as AnsibleInventory;
}

/** The query behind `inventory`: all, or one host. */
export const inventory = (ctx: OperationContext, { host }: { host?: string }): Promise<AnsibleInventory | HostVars> =>
  host === undefined ? ansibleInventory(ctx) : ansibleHost(ctx, host);

/** The variables of one host; none for one that is left out. */
export async function ansibleHost(ctx: OperationContext, host: string): Promise<HostVars> {
  return (await ansibleInventory(ctx))._meta.hostvars[host] ?? {};
}

export interface ScriptOptions {
  /** Where it is written, absolute. */
  file: string;
  environment?: string;
  /** How fanops is started here, for a machine where it is not on PATH. */
  program: readonly string[];
}

/** Writes the script that `ansible -i` takes; it finds the fleet file by its own place, so both can move together. */
export async function writeInventoryScript(
  ctx: OperationContext,
  { file, environment, program }: ScriptOptions,
): Promise<void> {
  const fleet = await ctx.fleet();
  const target = resolve(file);
  if (target === fleet.file) throw new UserError('That is the fleet file.', { where: target });
  await refuseForeign(target);
  const env = environment === undefined ? '' : ` --env ${quote(environment)}`;
  const args = `inventory --file "$here"/${quote(relative(dirname(target), fleet.file))}${env} "$@"`;
  await writeInFolder(
    target,
    `#!/bin/sh
${MARK} ${fleet.name}, by \`fanops inventory --write\`: ansible -i THIS_FILE all -m ping
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1
if command -v fanops >/dev/null 2>&1; then exec fanops ${args}; fi
exec ${program.map(quote).join(' ')} ${args}
`,
    0o755,
  );
}

/** What the script says of itself. */
const MARK = '# Ansible inventory of the fleet';

/** @throws UserError (code NOT_OURS) for a file that is there and is no inventory script of fanops */
async function refuseForeign(target: string): Promise<void> {
  if (!(await lstat(target).catch(() => undefined))) return;
  const text = await readRegularFile(target).then(String, () => '');
  if (text.split('\n')[1]?.startsWith(MARK)) return;
  throw new UserError(`${target} is there already, and is no inventory script of fanops.`, {
    code: 'NOT_OURS',
    where: target,
    hint: 'Name another file, or move that one away.',
  });
}

async function writeInFolder(file: string, text: string, mode: number): Promise<void> {
  await writing(file, () => mkdir(dirname(file), { recursive: true }));
  await replaceFile(file, text, mode);
}
