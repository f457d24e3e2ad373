/** Settings of `router` in the fleet file that not every engine takes. */
export type EngineSetting = 'tls' | 'httpPort' | 'resolver';

/** The program of others that an engine runs. */
export interface EngineProgram {
  /** As messages name it. */
  name: string;
  /** Its command, looked for in the PATH of the host and in the usual folders. */
  command: string;
  /** Package of Debian and Ubuntu that has it. */
  package: string;
  /** Versions that do, as a range of semver, and the argument at which the command prints its own. Absent: any. */
  versions?: { range: string; argument: string };
}

/**
 * An engine of the router, as it describes itself. `config.ts` of its folder has one; nothing that costs is loaded for
 * it. The fleet schema, checks of the router's host, what `host bootstrap` installs there, and the files that belong to
 * the router are put together from these. What it does is in `packages/router`, which runs on the host.
 */
export interface EngineModule {
  /** As in the fleet file and in `router.json`; also the name of its folder. */
  readonly name: string;
  /** What it is, in a few words: `nginx, run by the router's program`. */
  readonly summary: string;
  readonly settings: readonly EngineSetting[];
  /** Absent: the router's program takes the requests itself. */
  readonly program?: EngineProgram;
  /** Folder in that of the router on its host in which it keeps files. */
  readonly folder?: string;
}

export type EngineModules = ReadonlyMap<string, EngineModule>;
