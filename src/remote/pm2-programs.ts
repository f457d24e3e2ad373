/*
 * Programs that run on hosts beside PM2's client. Each reads PM2's list from standard input, as `jlist` prints it, and
 * knows an app of fanops by its
 * name and by the folder below the login's home in which its program lies.
 */

const READ = `
const fs = require('fs');
const path = require('path');
const homes = [...new Set([process.env.HOME, fs.realpathSync(process.env.HOME)])];
const place = (script) => {
  if (!script) return undefined;
  const home = homes.find((each) => script.startsWith(each + '/'));
  return home === undefined ? script : script.slice(home.length + 1);
};
const isOwn = (app, [name, folder]) => app.name === name && (place((app.pm2_env || app).pm_exec_path) || '').startsWith(folder + '/');
const read = () => {
  const text = fs.readFileSync(0, 'utf8');
  const start = text.search(/^\\[(\\{|\\])/m);
  if (start < 0) {
    console.error('PM2 printed no list of its processes');
    process.exit(1);
  }
  return JSON.parse(text.slice(start));
};
const dir = process.env.PM2_HOME || path.join(process.env.HOME, '.pm2');
const saved = (name) => {
  try {
    const list = JSON.parse(fs.readFileSync(path.join(dir, name), 'utf8'));
    return Array.isArray(list) ? list : undefined;
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
};
const dump = () => saved('dump.pm2') || saved('dump.pm2.bak') || [];
`;

/** Prints the list cut down to harmless fields. */
export const PM2_PICK = `${READ}
process.stdout.write(JSON.stringify(read().map(({ name, pid, pm_id, monit, pm2_env: e }) => ({
  name, pid, id: pm_id, status: e.status, mode: e.exec_mode, restarts: e.restart_time, unstable: e.unstable_restarts, since: e.pm_uptime,
  release: e.FANOPS_RELEASE, memory: monit && monit.memory, out: e.pm_out_log_path, err: e.pm_err_log_path, script: place(e.pm_exec_path),
}))) + '\\n');
`;

/**
 * Arguments: name and folder of an app. Prints PM2's ids of its processes, and \`+\` for one that PM2 is about to end
 * after a reload.
 */
export const PM2_DELETE = `${READ}
const ids = read().filter((app) => isOwn(app, process.argv.slice(1))).map(({ pm_id }) => pm_id);
process.stdout.write([...ids.filter(Number.isInteger), ...(ids.every(Number.isInteger) ? [] : ['+'])].join(' '));
`;

/**
 * Arguments: name and folder of each app. Rewrites the saved list: the entries of these apps become what runs of them
 * now. PM2's own way to save would
 * drop what others have saved and what does not run at this moment, all of it when the daemon was started anew.
 */
export const PM2_SAVE = `${READ}
const apps = [];
for (let at = 1; at < process.argv.length; at += 2) apps.push(process.argv.slice(at, at + 2));
const running = read().filter((app) => Number.isInteger(app.pm_id) && apps.some((each) => isOwn(app, each))).map(({ pm2_env }) => {
  const { instances, pm_id, prev_restart_delay, ...kept } = pm2_env;
  return kept;
});
const lock = path.join(dir, '.fanops-save');
const until = Date.now() + 10_000;
for (;;) {
  try {
    fs.mkdirSync(lock);
    break;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    // Nobody needs it for more than a moment: it was left by one that was ended.
    if (Date.now() > until) break;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
try {
  const before = saved('dump.pm2');
  const next = JSON.stringify([...dump().filter((app) => !apps.some((each) => isOwn(app, each))), ...running], null, 2);
  if (before ? JSON.stringify(before, null, 2) !== next : next !== '[]') {
    const draft = path.join(dir, 'dump.pm2.' + process.pid);
    try {
      fs.writeFileSync(draft, next, { mode: 0o600 });
      fs.renameSync(draft, path.join(dir, 'dump.pm2'));
    } catch (error) {
      fs.rmSync(draft, { force: true });
      throw error;
    }
  }
} finally {
  fs.rmSync(lock, { recursive: true, force: true });
}
`;

/** Prints what is saved. */
export const PM2_SAVED = `${READ}
process.stdout.write(JSON.stringify(dump().map(({ name, pm_exec_path, FANOPS_RELEASE }) => ({ name, release: FANOPS_RELEASE, script: place(pm_exec_path) }))) + '\\n');
`;
