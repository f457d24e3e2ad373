import type { Client } from 'ssh2';

/** An open connection. `lost` is set as soon as it cannot be used any more. */
export interface OpenLink {
  client: Client;
  lost: boolean;
  /** What broke it, when anything said so. */
  cause?: unknown;
  /** What broke the way to it, when that is known. */
  broken(): Error | undefined;
}

/** A connection that is opened at its first use, and anew after a loss. */
export interface LinkSource {
  /** The open connection. @throws RemoteError with code UNREACHABLE, HOST_KEY, AUTH or DEADLINE. */
  open(): Promise<OpenLink>;
  /** The error for work that was under way when the link broke. */
  lost(link: OpenLink, command?: string): Error;
  /** Ends the connection; running commands are cut off. */
  close(): Promise<void>;
}
