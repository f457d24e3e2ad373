import * as z from 'zod/mini';
import { open } from './decode.js';

const port = z.int().check(z.minimum(0), z.maximum(65535));
const listen = open({ address: z.string(), port });

/** `service.json`: what runs of a service on an app host. */
export const serviceRecord = open({
  service: z.string(),
  release: z.string(),
  /** Where a rollback of the deploy goes. */
  previous: z.optional(z.string()),
  /** Whether timers and queue triggers run here. */
  background: z.boolean(),
  port,
  /** Address that it listens on; records of earlier versions lack it. */
  address: z.optional(z.string()),
  /** Where it listens as well, until the route has left there. */
  also: z.optional(z.array(listen)),
  run: z.string(),
  at: z.string(),
});

/**
 * `process.json`: what a release is started with, kept in it. A release of earlier starts as it did then, whatever the
 * fleet file says today. Where
 * it listens is not its own: that belongs to the placement, since the route of the service leads there.
 */
export const releaseArguments = open({
  /** Cluster workers under PM2. */
  instances: z.int().check(z.minimum(1)),
  /** Whether it has function keys, in `keys.json`. */
  keys: z.boolean(),
});

const ecosystemApp = open({
  args: z.array(z.string()),
  instances: z.int(),
  env: open({ FANOPS_RELEASE: z.optional(z.string()) }),
});

/** `ecosystem.json`: what PM2 is given for a service, one app. */
export const ecosystemFile = open({ apps: z.array(ecosystemApp).check(z.minLength(1)) });

const number = z._default(z.number(), 0);

/** PM2 leaves out what it does not know of a process yet. */
const pm2Process = open({
  name: z.string(),
  pid: number,
  /** PM2's number; a text for a worker that it has put aside in a reload. */
  id: z.optional(z.union([z.number(), z.string()])),
  /** As PM2 has it: online, stopping, stopped, launching, errored, ... */
  status: z.string(),
  mode: z.optional(z.string()),
  restarts: number,
  unstable: number,
  /** Milliseconds since the epoch. */
  since: number,
  release: z.optional(z.string()),
  /** Bytes. */
  memory: z.optional(z.number()),
  out: z.optional(z.string()),
  err: z.optional(z.string()),
  /** Its program: relative to the login's home when it lies below it, else the whole path. */
  script: z.optional(z.string()),
});

/** What PM2 runs, cut down to harmless fields on the host. */
export const pm2Processes = z.array(pm2Process);
/** What PM2 runs, and what a reboot brings back. */
export const pm2Apps = z.array(open({ name: z.string(), script: z.optional(z.string()) }));

/** Where a process accepts connections. */
export type Listen = z.infer<typeof listen>;
export type ServiceRecord = z.infer<typeof serviceRecord>;
export type ReleaseArguments = z.infer<typeof releaseArguments>;
export type EcosystemApp = z.infer<typeof ecosystemApp>;
export type Pm2Process = z.infer<typeof pm2Process>;
