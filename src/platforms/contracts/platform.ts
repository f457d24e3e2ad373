import type { Health, Listen } from '#protocol';
import type { Guard, Step } from '../../core/plan.js';
import type { AnyStepType, StepIo } from '../../core/step.js';
import type { ReleaseSource } from '../../runtimes/contracts/runtime.js';
import type { PlacementSection, PlatformCapability } from './module.js';

/** One way a service runs, as the fleet file has it. */
export interface At<P extends PlacementSection = PlacementSection> {
  service: string;
  /** Name of the placement. */
  placement: string;
  config: P;
  /** Hosts of it that are left out. */
  without: readonly string[];
}

/** What changes something tells and obeys. */
export type ChangeIo<Ctx> = Pick<StepIo<Ctx>, 'ctx' | 'runId' | 'phase' | 'step' | 'signal' | 'progress'>;

/** What runs of a service in a placement, by the record that its platform keeps there. */
export interface RunningRelease {
  release: string;
  /** The release that a rollback goes to. */
  previous?: string;
  /** Whether timers and queue triggers run here. */
  background: boolean;
  /**
   * True when they ran on a host that is left out and does not answer, as far as can be told: another one takes over.
   */
  orphaned?: boolean;
  /** Port at which it answers by its record. */
  port: number;
  /** Hosts of the placement that run another release, or none. */
  behind: string[];
}

/** What a process says of its health; `problem` says why that cannot be read, `protocol` which revision it speaks. */
export type ObservedHealth = { host: string } & (Health | { problem: string; protocol?: number });

/** Whether what is to run on a host by its record does, and well; `next` is the command that goes on from there. */
export type ObservedReadiness = { host: string } & ({ ready: true } | { ready: false; detail: string; next: string });

/** What the fleet file says that is to run on a host of a placement. */
export interface DesiredProcess {
  host: string;
  listen: Listen;
  instances: number;
  keys: boolean;
}

/** What runs of a service on a host of a placement, by its record and by what was started. */
export interface ObservedProcess {
  host: string;
  /** Where it accepts connections, by its record and by what was started; the first is the main one. */
  recorded: Listen;
  listens: Listen[];
  instances: number;
  keys: boolean;
}

/** Addresses beside the port of a placement, by the hosts of the fleet. */
export type AlsoListen = Readonly<Record<string, readonly Listen[]>>;

export interface RerunOptions {
  release: string;
  /** Where it is to answer on a host. */
  port: (host: string) => number;
  background: boolean;
}

export interface DeployOptions {
  release: string;
  source: ReleaseSource;
  /** Whether timers and queue triggers run in it from its start. */
  background: boolean;
  /** Where it listens as well as on the port of its placement, by host. */
  also?: AlsoListen;
  /** True when no user is sent to this placement yet. */
  idle?: boolean;
  /** Puts the hooks of the phase around the steps that change something. */
  hooks: (steps: Step[]) => Step[];
}

/**
 * Releases of a service in a placement: how they come there, run, are left and go. Ids of its steps begin with
 * `release/`; those that swap a release in with `release/activate`, and their input has `host` and `port`.
 */
export interface Releases {
  /** @throws PreconditionError (code NOT_OURS) when what the service is to have there belongs to somebody else */
  requireOwn(): Promise<void>;
  /** Undefined when the service never ran in this placement. */
  running(): Promise<RunningRelease | undefined>;
  /** Releases that are kept whole, oldest first. */
  list(): Promise<string[]>;
  desired(): Promise<DesiredProcess[]>;
  /** Of hosts on which it runs. */
  observe(): Promise<ObservedProcess[]>;
  /** What each process that runs says of itself, or why it says nothing. */
  health(): Promise<ObservedHealth[]>;
  /** Of hosts on which it is to run; none where the host's own look at what it is to run tells it (PM2). */
  readiness(): Promise<ObservedReadiness[]>;
  /** The steps from the source to a release that runs and answers. */
  deploySteps(options: DeployOptions): Promise<Step[]>;
  /** The steps that run a release again which is kept. */
  rerunSteps(options: RerunOptions): Step[];
  /**
   * What brings back what runs now when a step fails that comes after a swap.
   * @param release the new one
   * @param until id of the last step that judges it
   */
  putBackGuards(release: string, until: string): Promise<Guard[]>;
  /** Starts the release that is kept, where none runs: before users are sent there. */
  startSteps(): Step[];
  /** @param undoable whether undoing the run starts it again */
  stopSteps(options?: { undoable?: boolean }): Step[];
  /** Ends listening on ports beside its own. */
  stopListeningSteps(also: AlsoListen): Step[];
  /** Reads back that route, record and process say the same. */
  verifySteps(release: string): Step[];
  /** Removes releases that nothing needs. */
  pruneSteps(): Step[];
}

/** Switches timers and queue triggers of what runs in a placement. */
export interface BackgroundSwitch<Ctx> {
  /** Undefined when nothing runs. */
  isOn(): Promise<boolean | undefined>;
  /** @returns how many requests were cut, where that is known */
  set(io: ChangeIo<Ctx>, on: boolean): Promise<{ cut?: number }>;
}

/** One log of a service, as command lines on a host. */
export interface LogStream {
  host: string;
  /** True when what it has is an error where it says no level. */
  isError: boolean;
  /** The last lines, then each that comes. */
  follow(lines: number): string[];
  /** @param lines how many of the last; @param since only those from this time of the host on, in ISO 8601 */
  read(lines: number | 'all', since?: string): string[];
}

export interface LogSource {
  streams(): Promise<LogStream[]>;
}

/** Capabilities of a platform, by their names. */
export interface PlatformCapabilities<Ctx> {
  releases: Releases;
  background: BackgroundSwitch<Ctx>;
  logs: LogSource;
}

/** Types of steps by their kinds, each loaded when a step of it is met. */
export type StepTypes<Ctx> = Readonly<Record<string, () => Promise<AnyStepType<Ctx>>>>;

/** What a platform runs of a service on a host, whether the fleet file has the service or not. */
export interface Present {
  service: string;
  /** In words: `release R1 under PM2`. */
  what: string;
  /** The run that brought it. */
  run?: string;
  /** True where it is marked as one of this fleet; else only its host and its run can tell. */
  marked: boolean;
  /** A script for `sh -c` on the host that ends it, and keeps what the service has stored. */
  remove: string;
}

/** The code of a platform: each capability that its module names is made for one placement. */
export type Platform<Ctx, P extends PlacementSection = PlacementSection> = {
  readonly [K in PlatformCapability]?: (ctx: Ctx, at: At<P>) => PlatformCapabilities<Ctx>[K];
} & {
  /** All that it runs on a host. */
  present?(ctx: Ctx, host: string): Promise<Present[]>;
};
