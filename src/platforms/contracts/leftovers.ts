/** A host of a fleet that goes, and the way to the machine which it is a part of. */
export interface GoingHost {
  fleet: string;
  host: string;
  transport: {
    run(
      command: { argv: readonly string[] },
      options: { signal: AbortSignal; timeoutMs: number },
    ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  };
  signal: AbortSignal;
}

/** What a platform keeps outside of the folder of a host: where the host is a part of a machine, that stays behind. */
export interface HostLeftovers {
  /** What there is, as messages name it: `container web`. @throws RemoteError when that cannot be told */
  list(at: GoingHost): Promise<string[]>;
  /** Removes it. What is not there any more is no error. @throws RemoteError */
  remove(at: GoingHost): Promise<void>;
}
