/** All that was found, and what could not be asked. */
export interface Listing<T> {
  items: T[];
  /** Regions, zones or accounts that did not answer: `items` may lack theirs. */
  failed: { where: string; message: string }[];
}

/** What a long call tells and obeys. */
export interface ProviderIo {
  signal?: AbortSignal;
  /** What is waited for, its last seen state, and the time left. */
  progress?: (message: string) => void;
  /** State of a long-running operation of this step that an earlier try left: the provider goes on with it. */
  resume?: string;
  /** Keeps the state of a long-running operation so that a later try can go on with it. */
  keep?: (state: string) => Promise<void>;
}
