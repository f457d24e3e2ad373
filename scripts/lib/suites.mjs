// The suites that take whole fleets or a Docker engine: which of them `npm test` runs, which sources each is about, and about how many seconds it takes on
// two quiet cores (`npm run test:full` prints what it measured). Everything else is run every time.

/** Sources that a run of any plan passes through. */
const RUNS = ['src/core/', 'src/runs/', 'src/operations/run/'];
/** What reaches hosts and works on them. */
const REMOTE = ['src/remote/', 'src/transports/', 'templates/sh/'];
const CLOUDS = ['src/providers/aws/', 'src/providers/azure/', 'src/providers/gcp/', 'src/providers/contracts/'];
const ROUTER = ['packages/router/src/', 'src/routers/', 'src/operations/router/'];
const SERVICES = ['src/operations/migrate/', 'src/operations/deploy/', 'src/platforms/hosts/', 'src/platforms/pm2/'];
const DOCKER = ['src/platforms/docker/', 'src/platforms/hosts/', 'src/runtimes/'];
const HOSTS = ['src/operations/host/', 'src/remote/bootstrap/', 'templates/sh/bootstrap/', 'src/providers/machine/'];
const COMMANDS = ['src/commands/', 'src/flags.ts', 'src/base-command.ts', 'src/plan-command.ts'];

/**
 * @typedef {object} Suite
 * @property {number} seconds about how long it takes
 * @property {readonly string[]} covers beginnings of the paths of sources that it is about
 * @property {true} [quick] part of `npm test`: the end-to-end test of a job
 * @property {true} [docker] compares what the Docker engine holds before and after: never two at once
 */

/** @type {Readonly<Record<string, Suite>>} by the path of the test file */
export const SUITES = {
  'test/contracts/instances-docker.test.ts': { seconds: 40, covers: ['src/providers/docker/'], docker: true },
  'test/e2e/answers.test.ts': { seconds: 100, covers: [...ROUTER, ...SERVICES] },
  'test/e2e/apt-busy.test.ts': { seconds: 80, covers: HOSTS, docker: true },
  'test/e2e/background-only.test.ts': { seconds: 90, covers: ['src/kit/', ...SERVICES] },
  'test/e2e/bad-hosts.test.ts': { seconds: 120, covers: ['src/kit/', ...REMOTE] },
  'test/e2e/bad-input.test.ts': { seconds: 60, covers: ['src/fleet/', ...COMMANDS] },
  'test/e2e/bootstrap.test.ts': { seconds: 110, covers: HOSTS, docker: true },
  'test/e2e/cloud-hosts.test.ts': { seconds: 100, covers: [...CLOUDS, ...HOSTS], docker: true },
  'test/e2e/cloud-kills.test.ts': { seconds: 110, covers: [...CLOUDS, ...RUNS], docker: true },
  'test/e2e/cutovers.test.ts': { seconds: 60, covers: [...ROUTER, 'src/operations/migrate/'] },
  'test/e2e/daily.test.ts': { seconds: 80, covers: ['src/operations/doctor/', 'src/operations/status/'], quick: true },
  'test/e2e/docker-hosts.test.ts': { seconds: 110, covers: ['src/providers/docker/', ...HOSTS], docker: true },
  'test/e2e/docker-migrate.test.ts': { seconds: 130, covers: ['src/providers/docker/', ...SERVICES], docker: true },
  'test/e2e/docker-platform.test.ts': { seconds: 240, covers: DOCKER, docker: true },
  'test/e2e/docker-roles.test.ts': { seconds: 80, covers: HOSTS, docker: true },
  'test/e2e/drain.test.ts': { seconds: 90, covers: ['packages/functions-host/src/', ...ROUTER, ...SERVICES] },
  'test/e2e/drift.test.ts': { seconds: 220, covers: ['src/operations/drift/', ...ROUTER, ...SERVICES] },
  'test/e2e/environments.test.ts': {
    seconds: 80,
    covers: ['src/fleet/', 'src/context.ts', 'src/context/', 'src/operations/config/'],
  },
  'test/e2e/exec.test.ts': { seconds: 30, covers: ['src/operations/host/', 'src/transports/'], quick: true },
  'test/e2e/external.test.ts': { seconds: 40, covers: ['src/platforms/external/', 'src/operations/migrate/'] },
  'test/e2e/first-boot.test.ts': { seconds: 60, covers: HOSTS, docker: true },
  'test/e2e/foreign-engines.test.ts': { seconds: 150, covers: ROUTER },
  'test/e2e/gate.test.ts': { seconds: 140, covers: [...ROUTER, 'src/operations/migrate/'] },
  'test/e2e/install.test.ts': {
    seconds: 60,
    covers: ['package-lock.json', 'scripts/build.mjs', 'src/providers/'],
    quick: true,
  },
  'test/e2e/interruptions.test.ts': { seconds: 100, covers: [...RUNS, ...REMOTE, ...SERVICES] },
  'test/e2e/json-output.test.ts': { seconds: 80, covers: ['src/operations/', 'src/ui/', ...COMMANDS] },
  'test/e2e/kill-series.test.ts': { seconds: 60, covers: [...RUNS, ...SERVICES] },
  'test/e2e/kill.test.ts': { seconds: 100, covers: [...RUNS, ...SERVICES] },
  'test/e2e/layout.test.ts': { seconds: 30, covers: ['src/ui/', ...COMMANDS] },
  'test/e2e/links.test.ts': { seconds: 90, covers: [...RUNS, ...REMOTE] },
  'test/e2e/locks.test.ts': { seconds: 140, covers: ['src/operations/lock/', ...RUNS, ...REMOTE] },
  'test/e2e/login-keys.test.ts': { seconds: 60, covers: ['src/context/', ...HOSTS], docker: true },
  'test/e2e/migrate.test.ts': { seconds: 50, covers: SERVICES, quick: true },
  'test/e2e/node-sources.test.ts': { seconds: 50, covers: HOSTS, docker: true },
  'test/e2e/not-ours.test.ts': { seconds: 70, covers: ['src/kit/', 'src/platforms/', ...ROUTER] },
  'test/e2e/resume.test.ts': { seconds: 40, covers: [...RUNS, ...SERVICES], quick: true },
  'test/e2e/runs.test.ts': { seconds: 110, covers: [...RUNS, 'src/operations/service/'] },
  'test/e2e/secrets.test.ts': { seconds: 70, covers: ['src/core/secret.ts', 'src/kit/', 'src/runtimes/'] },
  'test/e2e/sequences.test.ts': { seconds: 90, covers: [...RUNS, ...SERVICES] },
  'test/e2e/several-hosts.test.ts': { seconds: 150, covers: SERVICES },
  'test/e2e/startup.test.ts': { seconds: 25, covers: ['src/'], quick: true },
  'test/e2e/terminal.test.ts': { seconds: 90, covers: ['src/ui/', 'src/prompts/', ...COMMANDS] },
  'test/e2e/unknown-command.test.ts': { seconds: 10, covers: ['src/hooks/', 'src/help.ts'], quick: true },
  'test/e2e/watchdog.test.ts': { seconds: 110, covers: [...RUNS, ...ROUTER, 'src/remote/'] },
  'test/e2e/way-back.test.ts': { seconds: 60, covers: SERVICES },
};

/** Test files whose name the table has for a property. @param {(suite: Suite) => unknown} wanted */
export const suitesWith = (wanted) => Object.keys(SUITES).filter((file) => wanted(SUITES[file]));

/**
 * What a CI run does of the suites that `npm test` leaves out, in the order in which they begin: those whose own file or sources were changed, then every
 * fifth of the others, so that five runs in a row have all.
 * @param {object} of
 * @param {readonly string[]} of.changed paths of files that the last commits touched
 * @param {number} of.number of the commit, counted from the first
 * @returns {{ touched: string[], turn: string[], left: string[] }}
 */
export function selectSuites({ changed, number }) {
  const rest = suitesWith(({ quick }) => !quick).sort();
  const isTurn = (file) => rest.indexOf(file) % 5 === number % 5;
  const count = (file) => changed.filter((path) => SUITES[file].covers.some((start) => path.startsWith(start))).length;
  const own = rest.filter((file) => changed.includes(file));
  const others = rest.filter((file) => !own.includes(file));
  const touched = others.filter((file) => count(file) > 0).sort((a, b) => isTurn(b) - isTurn(a) || count(b) - count(a));
  const untouched = others.filter((file) => count(file) === 0);
  return {
    touched: [...own, ...touched],
    turn: untouched.filter(isTurn),
    left: untouched.filter((file) => !isTurn(file)),
  };
}
