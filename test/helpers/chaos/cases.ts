import { seeded, type Moment } from '../interrupt.js';
import { engines, type Engine } from '../engines.js';

/** What breaks in. `link-*`: the SSH server of that host is gone until the run has ended; `blink-*`: it is back at once. */
export const KINDS = [
  'sigint',
  'sigterm',
  'sigkill',
  'link-app',
  'link-router',
  'blink-app',
  'blink-router',
  'disk-app',
  'disk-router',
  'pm2-app',
  'pm2-router',
  'router',
] as const;
export type Kind = (typeof KINDS)[number];

/** Commands that move users, or what answers them. */
export const MOVES = ['migrate', 'deploy', 'deploy-rollback', 'migrate-rollback'] as const;
/** Those of the kill series: also what changes the router and the hosts under the users. */
export const COMMANDS = [...MOVES, 'router-apply', 'host-provision'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What is done about it. `watchdog`: nothing, until the traffic is seen to be where it belongs; only then it is resumed or undone. */
export const ENDS = ['resume', 'undo', 'watchdog+resume', 'watchdog+undo'] as const;
export type End = (typeof ENDS)[number];

/** What is different when a command begins that brings about what the fleet file says. */
export const CHANGES = {
  'router-apply': ['proxies', 'health', 'url', 'engine'],
  'host-provision': ['host', 'server-app', 'server-router'],
} as const;
export type ChangeName = (typeof CHANGES)[keyof typeof CHANGES][number];
const changes: readonly ChangeName[] = Object.values(CHANGES).flat();

/** What the operator does after that: a second rollback, a deploy with another port in the file, or an undo of the newest run. */
export const THENS = ['rollback', 'port', 'undo'] as const;
export type Then = (typeof THENS)[number];

/** When it breaks in: in a step, or so many milliseconds after the run began. */
export type When = { step: string; moment: Moment } | { ms: number };

export interface Interruption {
  engine: Engine;
  command: CommandName;
  change?: ChangeName;
  kind: Kind;
  when: When;
  end: End;
  then?: Then;
}

const RELEASE = ['analyse', 'prepare', 'release/upload', 'release/install', 'release/smoke', 'release/activate'];
/** Steps of each command; those that need the most care come up more often. */
export const STEPS: Record<CommandName, readonly string[]> = {
  migrate: [
    ...RELEASE,
    'parity',
    'watchdog',
    'cutover/10',
    'cutover/50',
    'cutover/50',
    'cutover/100',
    'background/on',
    'record',
    'commit',
    'prune',
  ],
  deploy: [...RELEASE, 'release/activate', 'prune'],
  'deploy-rollback': ['release/smoke', 'release/activate', 'release/activate'],
  'migrate-rollback': ['route', 'drain', 'stop'],
  'router-apply': ['install', 'route/m1', 'configure', 'start'],
  'host-provision': ['app-1/create', 'app-1/reach', 'app-1/standing', 'router-1/create', 'router-1/standing'],
};
/** Milliseconds that each takes on an idle machine, from its first step on. */
export const TAKES: Record<CommandName, number> = {
  migrate: 14_000,
  deploy: 9000,
  'deploy-rollback': 5000,
  'migrate-rollback': 4500,
  'router-apply': 2000,
  'host-provision': 2500,
};

/**
 * How an interruption is written, to repeat it: `nginx migrate sigkill cutover/50@progress undo`, with `+2500` in place of a step for milliseconds;
 * of the kill series `haproxy router-apply:proxies sigkill +700 resume rollback`.
 */
export function textOf({ engine, command, change, kind, when, end, then }: Interruption): string {
  const moment = 'ms' in when ? `+${when.ms}` : `${when.step}@${when.moment}`;
  return [engine, change ? `${command}:${change}` : command, kind, moment, end, ...(then ? [then] : [])].join(' ');
}

/** @throws Error for a text that `textOf` did not write */
export function parseInterruption(text: string): Interruption {
  const [engine = '', what = '', kind = '', when = '', end = '', then] = text.trim().split(/\s+/);
  const [command = '', change] = what.split(':');
  const one = <T extends string>(of: readonly T[], name: string): T => {
    const found = of.find((each) => each === name);
    if (found === undefined) throw new Error(`"${text}": "${name}" is none of ${of.join(', ')}`);
    return found;
  };
  const [step = '', moment = ''] = when.split('@');
  const at: When = when.startsWith('+')
    ? { ms: Number(when.slice(1)) }
    : { step, moment: /^\d+$/.test(moment) ? Number(moment) : one(['start', 'progress', 'end'] as const, moment) };
  return {
    engine: one(engines, engine),
    command: one(COMMANDS, command),
    ...(change !== undefined && { change: one(changes, change) }),
    kind: one(KINDS, kind),
    when: at,
    end: one(ENDS, end),
    ...(then !== undefined && { then: one(THENS, then) }),
  };
}

/**
 * So many interruptions that depend on nothing but the seed. Every kind comes up in its turn, in a random order; a command is mostly one that
 * the service is in the right place for after the case before, so that few commands are needed in between.
 * @param kinds those that this machine can bring about
 */
export function interruptions(
  count: number,
  options: { seed: number; engines: readonly Engine[]; kinds: readonly Kind[] },
): Interruption[] {
  const random = seeded(options.seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const bag: Kind[] = [];
  const nextKind = (): Kind => {
    if (bag.length === 0) bag.push(...options.kinds);
    return bag.splice(Math.floor(random() * bag.length), 1)[0]!;
  };
  let moved = false;
  return Array.from({ length: count }, (_, index) => {
    const command =
      random() < 0.8
        ? pick(moved ? (['deploy', 'deploy-rollback', 'migrate-rollback'] as const) : (['migrate'] as const))
        : pick(MOVES);
    const kind = nextKind();
    const when: When =
      random() < 0.3
        ? { ms: Math.round(random() * TAKES[command]) }
        : {
            step: pick(STEPS[command]),
            moment: pick<() => Moment>([
              () => 'start',
              () => 'progress',
              () => 'end',
              () => Math.round(random() * 1500),
            ])(),
          };
    const end = pick(random() < 0.75 ? (['resume', 'undo'] as const) : (['watchdog+resume', 'watchdog+undo'] as const));
    moved = end.endsWith('undo') ? command !== 'migrate' : command !== 'migrate-rollback';
    return { engine: options.engines[Math.floor((index * options.engines.length) / count)]!, command, kind, when, end };
  });
}
