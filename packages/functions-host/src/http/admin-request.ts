import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostConfig } from '../config/host-json.js';
import type { Keys } from '../config/keys.js';
import type { HostState } from '../lifecycle/state.js';
import type { BodyRules, RequestParts } from './request.js';

/** What the administrator's part of a host works with. */
export interface AdminContext {
  config: HostConfig;
  keys: Keys;
  state: HostState;
  bodyRules: BodyRules;
  /** Starts a function that is not triggered by HTTP; errors are logged there. */
  startByHand: (name: string, input: string | undefined) => void;
  /** Ends the process in order, for its manager to start it anew; undefined where there is none. */
  restart?: () => void;
}

/** One request to the administrator's part of the host, let in by the master key. */
export interface AdminRequest {
  context: AdminContext;
  /** Lower-cased, without a trailing slash; names in it are as they came in `parts`. */
  path: string;
  /** Decoded segments after `/admin/`, as they came. */
  segments: string[];
  req: IncomingMessage;
  res: ServerResponse;
  parts: RequestParts;
}
