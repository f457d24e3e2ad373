// Starts a release on a free port beside the one that serves, asks for its health, ends it, and prints one JSON line with what it saw.
// usage: node smoke.mjs [--probe FILE] DEADLINE_MS PROGRAM [ARGS...]   (PROGRAM prints `ready http://127.0.0.1:PORT` when it answers; FILE says
// what the router will ask it, which trial-probe.cjs asks as soon as it is healthy)
import cluster from 'node:cluster';

const given = process.argv.slice(2);
const [, question] = given[0] === '--probe' ? given.splice(0, 2) : [];
const [deadline, ...argv] = given;
const tail = [];
let url;
// As PM2 runs it: as a worker of a cluster, in PM2's environment. A start that works only alone, or beside the login's own variables, fails here.
const { HOME, PATH, LANG, TMPDIR, PM2_HOME } = process.env;
for (const name of Object.keys(process.env)) delete process.env[name];
const env = {
  HOME,
  PATH,
  LANG: LANG ?? 'C.UTF-8',
  ...(TMPDIR && { TMPDIR }),
  NODE_ENV: 'production',
  NODE_APP_INSTANCE: '0',
  PM2_HOME: PM2_HOME ?? `${HOME}/.pm2`,
  pm_id: '0',
  exec_mode: 'cluster_mode',
  autorestart: 'true',
};
const [exec, ...args] = argv;
cluster.setupPrimary({ exec, args, silent: true, serialization: 'json' });
const child = cluster.fork(env).process;
const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
for (const stream of [child.stdout, child.stderr]) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const ready = /^ready (http:\/\/\S+)$/.exec(line);
      if (ready) url = ready[1];
      tail.push(line);
      if (tail.length > 40) tail.shift();
    }
  });
}

const until = Date.now() + Number(deadline);
let report = { ok: false, seen: 'it did not start' };
for (;;) {
  const over = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
  if (over) {
    report = { ok: false, seen: over.signal ? `it was ended by ${over.signal}` : `it exited with ${over.code}` };
    break;
  }
  if (url) {
    try {
      const answer = await fetch(`${url}/_fanops/health`, { signal: AbortSignal.timeout(2000) });
      const health = await answer.json();
      if (answer.status === 200) {
        report = { ok: true, seen: 'health 200', health };
        if (question) {
          const { default: program } = await import('./trial-probe.cjs');
          report.probe = await program.probeTrial(question, url);
        }
        break;
      }
      report = { ok: false, seen: `health ${answer.status}`, health };
    } catch (error) {
      report = { ok: false, seen: `no answer: ${error.cause?.code ?? error.message}` };
    }
  }
  if (Date.now() > until) break;
}

child.kill('SIGTERM');
const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
await ended;
clearTimeout(killer);
process.stdout.write(`${JSON.stringify({ ...report, log: tail.slice(-20) })}\n`);
