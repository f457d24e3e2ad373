/** What a migration is asked for. */
export interface MigrateOptions {
  service: string;
  to?: string;
  /** Shares of the new side, rising to 100. */
  steps: number[];
  /** True when functions that ask for a key may answer 401 to everybody. */
  withoutKeys?: boolean;
  /** Default: `timing.hold` of the fleet file. */
  holdMs?: number;
}
