import { seeded, type Moment } from '../interrupt.js';
import { engines, type Engine } from '../engines.js';

/** What breaks in. `link-*`: the SSH server of that host is gone until the run has ended; `blink-*`: it is back at once. */
export const KINDS = [
  'sigint', 'sigterm', 'sigkill', 'link-app', 'link-router', 'blink-app', 'blink-router', 'disk-app', 'disk-router', 'pm2-app', 'pm2-router', 'router',
] as const;
export type Kind = (typeof KINDS)[number];

export const COMMANDS = ['migrate', 'deploy', 'deploy-rollback', 'migrate-rollback'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What is done about it. `watchdog`: nothing, until the traffic is seen to be where it belongs; only then it is resumed or undone. */
export const ENDS = ['resume', 'undo', 'watchdog+resume', 'watchdog+undo'] as const;
export type End = (typeof ENDS)[number];

/** When it breaks in: in a step, or so many milliseconds after the run began. */
export type When = { step: string; moment: Moment } | { ms: number };

export interface Interruption {
  engine: Engine;
  command: CommandName;
  kind: Kind;
  when: When;
  end: End;
}

const RELEASE = ['analyse', 'prepare', 'release/upload', 'release/install', 'release/smoke', 'release/activate'];
/** Steps of each command; those that need the most care come up more often. */
const STEPS: Record<CommandName, readonly string[]> = {
  migrate: [...RELEASE, 'parity', 'watchdog', 'cutover/10', 'cutover/50', 'cutover/50', 'cutover/100', 'background/on', 'record', 'commit', 'prune'],
  deploy: [...RELEASE, 'release/activate', 'prune'],
  'deploy-rollback': ['release/smoke', 'release/activate', 'release/activate'],
  'migrate-rollback': ['route', 'drain', 'stop'],
};
/** Milliseconds that each takes on an idle machine, from its first step on. */
const TAKES: Record<CommandName, number> = { migrate: 14_000, deploy: 9000, 'deploy-rollback': 5000, 'migrate-rollback': 4500 };

/** How an interruption is written, to repeat it: `nginx migrate sigkill cutover/50@progress undo`, with `+2500` in place of a step for milliseconds. */
export const textOf = ({ engine, command, kind, when, end }: Interruption): string =>
  [engine, command, kind, 'ms' in when ? `+${when.ms}` : `${when.step}@${when.moment}`, end].join(' ');

/** @throws Error for a text that `textOf` did not write */
export function parseInterruption(text: string): Interruption {
  const [engine = '', command = '', kind = '', when = '', end = ''] = text.trim().split(/\s+/);
  const one = <T extends string>(of: readonly T[], name: string): T => {
    const found = of.find((each) => each === name);
    if (found === undefined) throw new Error(`"${text}": "${name}" is none of ${of.join(', ')}`);
    return found;
  };
  const [step = '', moment = ''] = when.split('@');
  const at: When = when.startsWith('+') ? { ms: Number(when.slice(1)) } : { step, moment: /^\d+$/.test(moment) ? Number(moment) : one(['start', 'progress', 'end'] as const, moment) };
  return { engine: one(engines, engine), command: one(COMMANDS, command), kind: one(KINDS, kind), when: at, end: one(ENDS, end) };
}

/**
 * So many interruptions that depend on nothing but the seed. Every kind comes up in its turn, in a random order; a command is mostly one that
 * the service is in the right place for after the case before, so that few commands are needed in between.
 * @param kinds those that this machine can bring about
 */
export function interruptions(count: number, options: { seed: number; engines: readonly Engine[]; kinds: readonly Kind[] }): Interruption[] {
  const random = seeded(options.seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const bag: Kind[] = [];
  const nextKind = (): Kind => {
    if (bag.length === 0) bag.push(...options.kinds);
    return bag.splice(Math.floor(random() * bag.length), 1)[0]!;
  };
  let moved = false;
  return Array.from({ length: count }, (_, index) => {
    const command = random() < 0.8 ? pick(moved ? ['deploy', 'deploy-rollback', 'migrate-rollback'] as const : ['migrate'] as const) : pick(COMMANDS);
    const kind = nextKind();
    const when: When = random() < 0.3
      ? { ms: Math.round(random() * TAKES[command]) }
      : { step: pick(STEPS[command]), moment: pick<() => Moment>([() => 'start', () => 'progress', () => 'end', () => Math.round(random() * 1500)])() };
    const end = pick(random() < 0.75 ? ['resume', 'undo'] as const : ['watchdog+resume', 'watchdog+undo'] as const);
    moved = end.endsWith('undo') ? command !== 'migrate' : command !== 'migrate-rollback';
    return { engine: options.engines[Math.floor((index * options.engines.length) / count)]!, command, kind, when, end };
  });
}
