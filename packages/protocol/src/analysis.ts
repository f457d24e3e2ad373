import * as z from 'zod/mini';
import { open } from './decode.js';

const line = z.int();

/**
 * `blocks`: the app or that function cannot move as it is. `degrades`: it moves, something must be changed or is lost.
 * `question`: a person has
 * to answer first. `info`: good to know.
 */
const severity = z.enum(['blocks', 'degrades', 'question', 'info']);

/** `file` is relative to the app root. */
const place = open({ file: z.string(), line });

const finding = open({
  id: z.string(),
  severity,
  function: z.optional(z.string()),
  message: z.string(),
  where: z.optional(place),
  hint: z.optional(z.string()),
});

const analysedFunction = open({
  name: z.string(),
  /** http, timer, queue, blob, ... */
  trigger: z.string(),
  route: z.optional(z.string()),
  methods: z.optional(z.array(z.string())),
  authLevel: z.optional(z.string()),
  schedule: z.optional(z.string()),
  queue: z.optional(z.string()),
  /** Of a blob trigger. */
  path: z.optional(z.string()),
  file: z.optional(z.string()),
  line: z.optional(line),
});

/** An HTTP route with the prefix. */
const analysedRoute = open({
  route: z.string(),
  /** Absent: every method. */
  methods: z.optional(z.array(z.string())),
  function: z.string(),
});

const analysedSetting = open({
  name: z.string(),
  /** Function names for bindings, FILE:LINE for reads in sources. */
  usedBy: z.array(z.string()),
  /** False where every read has a fallback, or the platform or the host itself provides it. */
  required: z.boolean(),
});

/**
 * What an app needs and what stands in the way of running it here, as `functions-host --analyse --json` prints it. The
 * CLI runs the one that it brings,
 * so that this answer is never of another version.
 */
export const analysis = open({
  app: open({
    name: z.string(),
    model: z.enum(['v4', 'v3', 'unknown']),
    main: z.nullable(z.string()),
    nodeEngine: z.optional(z.string()),
  }),
  /** By name, which is also the order in which their routes are tried. */
  functions: z.array(analysedFunction),
  /** In order of precedence: the first that matches a request answers it. Routes that cannot be served are left out. */
  routes: z.array(analysedRoute),
  settings: z.array(analysedSetting),
  findings: z.array(finding),
  loadErrors: z.array(open({ file: z.string(), message: z.string() })),
});

export type Severity = z.infer<typeof severity>;
export type Place = z.infer<typeof place>;
export type Finding = z.infer<typeof finding>;
export type AnalysedFunction = z.infer<typeof analysedFunction>;
export type AnalysedRoute = z.infer<typeof analysedRoute>;
export type AnalysedSetting = z.infer<typeof analysedSetting>;
export type Analysis = z.infer<typeof analysis>;
