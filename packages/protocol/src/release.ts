import * as z from 'zod/mini';
import { open } from './decode.js';

const port = z.int().check(z.minimum(0), z.maximum(65535));
const listen = open({ address: z.string(), port });

/** `service.json`: what runs of a service on an app host. */
export const serviceRecord = open({
  service: z.string(),
  release: z.string(),
  /** What runs it; records of PM2 and of earlier versions name none. */
  platform: z.optional(z.string()),
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

/**
 * The list has processes of others too: what PM2 does not know of one, or tells in another form, hides none of them.
 */
const number = z.catch(z.number(), 0);
const text = z.catch(z.optional(z.string()), undefined);

/** A process as PM2 has it. */
const pm2Process = open({
  name: z.string(),
  pid: number,
  /** PM2's number; a text for a worker that it has put aside in a reload. */
  id: z.catch(z.optional(z.union([z.number(), z.string()])), undefined),
  /** As PM2 has it: online, stopping, stopped, launching, errored, ... */
  status: z.catch(z.string(), 'unknown'),
  mode: text,
  restarts: number,
  unstable: number,
  /** Milliseconds since the epoch. */
  since: number,
  release: text,
  /** Bytes. */
  memory: z.catch(z.optional(z.number()), undefined),
  out: text,
  err: text,
  /** Its program: relative to the login's home when it lies below it, else the whole path. */
  script: text,
});

/** What PM2 runs, cut down to harmless fields on the host. */
export const pm2Processes = z.array(pm2Process);
/** What PM2 runs, and what a reboot brings back. */
export const pm2Apps = z.array(open({ name: z.string(), script: text }));

/** Where a process accepts connections. */
export type Listen = z.infer<typeof listen>;
export type ServiceRecord = z.infer<typeof serviceRecord>;
export type ReleaseArguments = z.infer<typeof releaseArguments>;
export type EcosystemApp = z.infer<typeof ecosystemApp>;
export type Pm2Process = z.infer<typeof pm2Process>;
