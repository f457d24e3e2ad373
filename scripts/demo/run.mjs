// The sample fleet, from nothing to a finished migration under load; `down` takes all of it away again.
import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failures, idleClosedText, percentile, startLoad } from '../lib/load.mjs';
import { end, isAlive, until } from '../lib/processes.mjs';
import { answers, connectionString, gateEvent, startAzurite, startStandIn } from '../lib/sample-fleet.mjs';
import { bin, env, root } from '../lib/setup.mjs';

const fleet = join(root, 'examples/can2025');
const app = join(fleet, 'm1');
const state = join(fleet, '.demo');
const remembered = join(state, 'processes.json');
const link = join(root, 'fanops.yaml');
const ports = { router: 8480, standIn: 8471, vm: 8490, blob: 8472, queue: 8473, table: 8474 };
const REQUESTS_A_SECOND = 50;

const say = (text = '') => process.stdout.write(`${text}\n`);

function program(command, args, { cwd = fleet, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject).on('exit', (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          Object.assign(new Error(`${command.split('/').at(-1)} ${args.slice(0, 4).join(' ')} ended with ${code}`), {
            output,
            code,
          }),
        );
    });
  });
}

const fanops = (args, options) => program(join(bin, 'node'), [join(root, 'bin/run.js'), ...args], options);

const recall = () => (existsSync(remembered) ? JSON.parse(readFileSync(remembered, 'utf8')) : []);
const remember = (known) => writeFileSync(remembered, JSON.stringify([...recall(), known]));

async function down() {
  if (existsSync(join(fleet, '.fanops'))) await fanops(['trust', '--yes'], { quiet: true });
  if (existsSync(join(fleet, '.fanops'))) await fanops(['host', 'destroy', '--all', '--yes'], { quiet: true });
  for (const known of recall()) await end(known);
  for (const dir of [state, join(fleet, '.fanops'), join(app, 'node_modules')])
    rmSync(dir, { recursive: true, force: true });
  if (existsSync(link) && lstatSync(link).isSymbolicLink()) unlinkSync(link);
  for (const dir of [join(homedir(), '.fanops', 'local'), join(homedir(), '.fanops')]) {
    try {
      rmdirSync(dir);
    } catch {
      // Not empty, or not there: not the demo's.
    }
  }
}

async function refuseTakenPorts() {
  for (const [what, port] of Object.entries(ports)) {
    if (await answers(port))
      throw new Error(
        `Port ${port} (${what}) is taken by another program. End it, or change the ports in examples/can2025/fanops.yaml and scripts/demo/run.mjs.`,
      );
  }
}

async function up() {
  say('Bringing the sample fleet up ...');
  await down();
  await refuseTakenPorts();
  mkdirSync(state, { recursive: true });
  const storage = connectionString(ports);
  writeFileSync(join(state, 'storage-connection'), storage, { mode: 0o600 });
  const installed = program('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: app, quiet: true });
  remember(
    await startAzurite({
      dir: join(state, 'azurite'),
      ports: { blob: ports.blob, queue: ports.queue, table: ports.table },
    }),
  );
  await installed;
  remember(
    await startStandIn({
      dir: join(state, 'stand-in'),
      app,
      port: ports.standIn,
      settings: { AzureWebJobsStorage: storage, STALE_SCHEDULE: '0 * * * * *', STALE_AFTER_MINUTES: '10' },
    }),
  );
  say(`  storage    Azurite on ports ${ports.blob} to ${ports.table}`);
  say(`  m1         on its old side, the stand-in for Azure: http://127.0.0.1:${ports.standIn}`);
  // The sample is this clone's own: what it runs is looked at like that of any other clone.
  await fanops(['trust', '--yes'], { quiet: true });
  await fanops(['host', 'provision', '--all', '--yes'], { quiet: true });
  await fanops(['router', 'apply', '--yes'], { quiet: true });
  say(`  hosts      app-1 and router-1, provider local`);
  say(`  router     http://127.0.0.1:${ports.router}/api/flow -> m1`);
  if (!existsSync(link)) symlinkSync(relative(root, join(fleet, 'fanops.yaml')), link);
}

async function seed(base) {
  for (const [index, gate] of ['A1', 'A2', 'B1'].entries()) {
    const answer = await fetch(`${base}/api/flow/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(gateEvent(gate, 20 + index * 60)),
    });
    if (answer.status !== 202) throw new Error(`m1 answered ${answer.status} to an event.`);
  }
  await until(
    'the three gates to be stored',
    async () => (await (await fetch(`${base}/api/flow/status?stadiumId=rabat`)).json()).gates?.length === 3,
  );
}

function summary(samples, cutover) {
  const before = samples.filter((sample) => sample.at < cutover.start);
  const after = samples.filter((sample) => sample.at > cutover.end);
  const failed = failures(samples);
  const figures = (part) =>
    `median ${percentile(part, 0.5).toFixed(1)} ms, 95 % within ${percentile(part, 0.95).toFixed(1)} ms (${part.length} requests)`;
  say();
  say('What happened');
  say('  moved      m1 from Azure Functions (the stand-in) to an Express app under PM2 on app-1');
  say(
    `  requests   ${samples.length} sent at ${REQUESTS_A_SECOND} a second, ${failed.length} failed; ${idleClosedText(samples, true)}`,
  );
  say(`  before     ${figures(before)}`);
  say(`  after      ${figures(after)}`);
  for (const sample of failed.slice(0, 5)) say(`  failed     ${sample.path}: ${sample.error ?? sample.status}`);
  say();
  say('Next');
  say('  npx fanops status');
  say('  npx fanops migrate rollback m1');
  say('  npm run demo -- down');
  return failed.length;
}

async function main() {
  if (process.argv[2] === 'down') {
    await down();
    return say('The sample fleet is gone.');
  }
  if (process.argv[2]) throw new Error(`Unknown word "${process.argv[2]}": npm run demo, or npm run demo -- down`);
  await up();
  const base = `http://127.0.0.1:${ports.router}`;
  await seed(base);
  const load = startLoad({
    base,
    perSecond: REQUESTS_A_SECOND,
    paths: [
      { path: '/api/flow/status?stadiumId=rabat' },
      { path: '/api/flow/gates/A1' },
      { path: '/api/flow/version' },
      { method: 'POST', path: '/api/flow/ingest', body: gateEvent('A2', 80) },
    ],
  });
  try {
    await delay(2000);
    const start = Date.now();
    say(`\n${REQUESTS_A_SECOND} requests a second go through the router. $ fanops migrate m1 --yes\n`);
    await fanops(['migrate', 'm1', '--yes', '--hold', '4s']);
    const finished = Date.now();
    await delay(2000);
    const samples = await load.stop();
    if (summary(samples, { start, end: finished }) > 0) process.exitCode = 1;
  } finally {
    await load.stop();
  }
  const dead = recall().filter((known) => !isAlive(known));
  if (dead.length > 0)
    throw new Error('A part of the sample fleet ended by itself; its log is in examples/can2025/.demo.');
}

main().catch((error) => {
  process.stderr.write(
    `${error.output ?? ''}\nThe demo failed: ${error.message}\nTake away what it left: npm run demo -- down\n`,
  );
  process.exitCode = 1;
});
