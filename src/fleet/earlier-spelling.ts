/** A key of the fleet file that had another spelling once, which is still read. */
export interface Spelling {
  /** Where the map is that has the key; `*` stands for any name. */
  at: readonly string[];
  earlier: string;
  key: string;
}

/** Phases around which a hook may run. */
export const HOOK_PHASES = ['deploy', 'migrate', 'release', 'parity', 'cutover', 'rollback', 'finish'] as const;
export type HookPhase = (typeof HOOK_PHASES)[number];

/** What a hook is called in runs, and to its command as `FANOPS_HOOK`; the fleet file had it as its key. */
export type HookName = `before-${HookPhase}` | `after-${HookPhase}`;
/** Key of a hook in the fleet file. */
export type HookKey = `before${Capitalize<HookPhase>}` | `after${Capitalize<HookPhase>}`;

/** `before-deploy` is `beforeDeploy` in the fleet file. */
export const hookKey = (name: HookName): HookKey =>
  name.replace(/-(.)/, (_dash, letter: string) => letter.toUpperCase()) as HookKey;

export const HOOK_NAMES: readonly HookName[] = HOOK_PHASES.flatMap((phase): HookName[] => [
  `before-${phase}`,
  `after-${phase}`,
]);

/** All of them. Keys are camelCase; none of these is in the schema. */
export const earlierSpellings: readonly Spelling[] = [
  { at: [], earlier: 'ssh_from', key: 'sshFrom' },
  { at: [], earlier: 'ssh_keys', key: 'sshKeys' },
  { at: ['hosts', '*'], earlier: 'ssh_from', key: 'sshFrom' },
  ...HOOK_NAMES.map((name) => ({ at: ['hooks'], earlier: name, key: hookKey(name) })),
];

/** A path of the fleet file as it was written once: `sshKeys.0` was `ssh_keys.0`. */
export function earlierPath(path: string): string {
  const keys = path.split('.');
  for (const { at, earlier, key } of earlierSpellings) {
    const isThere = [...at, key].every((part, index) => part === '*' || part === keys[index]);
    if (isThere) return [...keys.slice(0, at.length), earlier, ...keys.slice(at.length + 1)].join('.');
  }
  return path;
}
