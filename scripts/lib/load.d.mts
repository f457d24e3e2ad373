export interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  ms: number;
  /** 0 when there was no answer. */
  status: number;
  error?: string;
  path: string;
}
export interface Target {
  method?: string;
  path: string;
  body?: unknown;
}
export function startLoad(options: {
  base: string;
  paths: Target[];
  perSecond: number;
  keepAlive?: boolean;
  timeoutMs?: number;
}): {
  samples: Sample[];
  stop(): Promise<Sample[]>;
};
export function failures(samples: Sample[]): Sample[];
export function idleClosed(samples: Sample[]): Sample[];
export function idleClosedText(samples: Sample[], keepAlive: boolean): string;
export function percentile(samples: Sample[], share: number): number;
