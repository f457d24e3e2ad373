import type { Step } from '../../core/plan.js';
import type { Secret } from '../../core/secret.js';
import type { AnyStepType } from '../../core/step.js';

/** What a plan and its platform must know of the source of a release. */
export interface ReleaseSource {
  /** SHA-256 over names, modes and contents. */
  sourceHash: string;
  /** Size of the source, in bytes. */
  bytes: number;
  hasLock: boolean;
  /** Functions that no request starts: timers, queues. */
  background: string[];
}

/** A source that was read and found fit to run elsewhere as it is. */
export interface PreparedSource {
  source: ReleaseSource;
  /** Says again what was found, and refuses when the source changed since. */
  steps: Step[];
  /** What the user is to know, line by line. */
  notes: string[];
}

/** A file of a release, by its path in the folder of the release. */
export interface ReleaseFile {
  path: string;
  content: string | Buffer | Secret;
  /** Permissions, such as 0o600. */
  mode: number;
}

/** An app as a process on a host runs it. */
export interface ProcessArtifact {
  /** Folder of the app on this machine, and which of its entries are part of a release. */
  app: { dir: string; isPacked(name: string): boolean };
  /** What lies beside the app. */
  files: ReleaseFile[];
  /** Whether it has function keys. */
  keys: boolean;
}

/** How a container is asked whether it is well. */
export interface ImageHealth {
  /** A path with its query. */
  path: string;
  /** True when it says who it is (`health` of the protocol) to its own machine only. */
  tellsRelease: boolean;
}

/** An app as a container runs it: what its image is built from, and what it is started with. */
export interface ImageArtifact {
  /** Folder of the app on this machine, and which of its entries are part of a release. It is `app/` of a release. */
  app: ProcessArtifact['app'];
  /** What lies beside the app in the release. */
  files: ReleaseFile[];
  /**
   * Text of a Dockerfile, whose context is the folder of the release. Absent: the app brings its own, whose context is
   * the app.
   */
  dockerfile?: string;
  /** Port at which it listens inside, which it also gets as PORT. */
  port: number;
  /** Its settings with background triggers on, and with them off. */
  env: Record<'on' | 'quiet', Readonly<Record<string, string>>>;
  /** Files that are no part of the image, as they hold secrets: put into a container by their absolute paths. */
  secrets: ReleaseFile[];
  /** Whether it has function keys. */
  keys: boolean;
  health: ImageHealth;
}

export interface ImageOptions {
  /** Image that the runtime's own Dockerfile starts from. Default: one that the runtime names. */
  base?: string;
}

export interface PrepareOptions {
  /** The user knows that functions that ask for a key will answer 401. */
  withoutKeys?: boolean;
}

/** The code of a runtime. */
export interface Runtime<Ctx> {
  /**
   * Reads and analyses the source of a service; changes nothing.
   * @throws UserError when there is none, PreconditionError (code CANNOT_MOVE) that lists every reason with its place
   */
  prepare(ctx: Ctx, service: string, options?: PrepareOptions): Promise<PreparedSource>;
  /** The app with its settings, for a process on a host. Absent: it offers no artifact of that kind. */
  process?(ctx: Ctx, service: string, source: Pick<ReleaseSource, 'background'>): Promise<ProcessArtifact>;
  /** The app with its settings, for a container. Absent: it offers no artifact of that kind. */
  image?(
    ctx: Ctx,
    service: string,
    source: Pick<ReleaseSource, 'background'>,
    options: ImageOptions,
  ): Promise<ImageArtifact>;
  /** What settings refer to and what has no value now; no command is run for it. */
  unresolved(ctx: Ctx, service: string): Promise<string[]>;
}

/** Types of steps by their kinds, each loaded when a step of it is met. */
export type RuntimeStepTypes<Ctx> = Readonly<Record<string, () => Promise<AnyStepType<Ctx>>>>;
