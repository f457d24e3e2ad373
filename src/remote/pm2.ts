/**
 * Command lines for PM2 and the parser of its process list. PM2 keeps the environment of whoever starts it, in its list and on disk, so it gets a
 * clean one; the list is cut down to harmless fields on the host, before it travels. A client whose daemon dies waits for its answer for ever, so
 * the daemon is watched meanwhile.
 */
const PM2 = `
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/stat" ] || return 0
  case $(sed -n '$s/^.*) //p' "/proc/$1/stat" 2>/dev/null) in ''|Z*|X*) return 1 ;; esac
}
watch() {
  daemon= gone=0
  while alive "$1"; do
    if [ -z "$daemon" ]; then
      daemon=$(cat "\${PM2_HOME:-$HOME/.pm2}/pm2.pid" 2>/dev/null)
      alive "\${daemon:-0}" || daemon=
    elif alive "$daemon"; then gone=0
    else gone=$((gone + 1))
    fi
    [ "$gone" -lt 4 ] || { kill -s KILL "$1"; return; }
    sleep 0.3 || sleep 1
  done
}
pm2_clean() {
  env -i HOME="$HOME" PATH="$PATH" NODE_CLUSTER_SCHED_POLICY=none LANG="\${LANG:-C.UTF-8}" \${PM2_HOME:+PM2_HOME="$PM2_HOME"} \${TMPDIR:+TMPDIR="$TMPDIR"} PM2_DISCRETE_MODE=true pm2 "$@" &
  client=$!
  watch "$client" > /dev/null 2>&1 &
  watcher=$!
  wait "$client"
  code=$?
  kill "$watcher" 2>/dev/null
  [ "$code" -ne 137 ] || echo "the daemon of PM2 ended before it had answered" >&2
  return "$code"
}
`;

const pm2 = (...args: string[]): string[] => ['sh', '-c', `${PM2}pm2_clean "$@"`, 'fanops-pm2', ...args];

/** Starts the apps of an ecosystem file that are not there and reloads the others, with the file's environment. */
export const startOrReload = (ecosystem: string): string[] => pm2('startOrReload', ecosystem, '--update-env');
export const deleteApp = (name: string): string[] => pm2('delete', name);
export const stopApp = (name: string): string[] => pm2('stop', name);
export const scaleApp = (name: string, instances: number): string[] => pm2('scale', name, String(instances));
/** Writes the list that a reboot brings back; also when it is empty. */
export const saveList = (): string[] => ['sh', '-c', `umask 077; ${PM2}pm2_clean "$@" && chmod 600 "\${PM2_HOME:-$HOME/.pm2}"/dump.pm2*`, 'fanops-pm2', 'save', '--force'];

const PICK = `
let text = '';
process.stdin.on('data', (chunk) => { text += chunk; }).on('end', () => {
  const start = text.search(/^\\[(\\{|\\])/m);
  if (start < 0) {
    console.error('PM2 printed no list of its processes');
    process.exit(1);
  }
  const list = JSON.parse(text.slice(start));
  process.stdout.write(JSON.stringify(list.map(({ name, pid, pm_id, monit, pm2_env: e }) => ({
    name, pid, id: pm_id, status: e.status, mode: e.exec_mode, restarts: e.restart_time, unstable: e.unstable_restarts, since: e.pm_uptime,
    release: e.FANOPS_RELEASE, memory: monit && monit.memory, out: e.pm_out_log_path, err: e.pm_err_log_path,
  }))) + '\\n');
});
`;

/** Prints the process list as JSON, picked on the host. */
export const listApps = (): string[] => ['sh', '-c', `pick=$1; shift; ${PM2}pm2_clean "$@" | node -e "$pick"`, 'fanops-pm2', PICK, 'jlist'];

/** One PM2 process. */
export interface Pm2Process {
  name: string;
  pid: number;
  id: number;
  status: 'online' | 'stopping' | 'stopped' | 'launching' | 'errored' | 'one-launch-status';
  mode: string;
  restarts: number;
  unstable: number;
  /** Milliseconds since the epoch. */
  since: number;
  release?: string;
  /** Bytes. */
  memory?: number;
  out?: string;
  err?: string;
}

/** @throws SyntaxError when the text holds no list. */
export function parseApps(stdout: string): Pm2Process[] {
  const start = stdout.lastIndexOf('\n[') + 1;
  return JSON.parse(stdout.slice(start)) as Pm2Process[];
}

/** One app of an ecosystem file. */
export interface Pm2App {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  instances: number;
  env: Record<string, string>;
  outFile: string;
  errorFile: string;
  /** Milliseconds a new process has to say that it is ready. */
  listenTimeoutMs: number;
  /** Milliseconds an old process has to finish what it answers. */
  killTimeoutMs: number;
  /** True for an app that keeps its sockets by itself: one process, and at its end PM2 leaves the children to it. */
  alone?: true;
  /** True for an app that is not started again when it ends. */
  once?: true;
}

/**
 * The ecosystem file of an app: cluster mode also for one instance (fork mode drops requests at a reload), `wait_ready`, and a slow restart
 * when it crashes.
 */
export function ecosystem(app: Pm2App): string {
  const { outFile, errorFile, listenTimeoutMs, killTimeoutMs, alone, once, ...rest } = app;
  const fields = {
    ...rest,
    exec_mode: alone ? 'fork' : 'cluster',
    ...(alone && { treekill: false }),
    wait_ready: true,
    listen_timeout: listenTimeoutMs,
    kill_timeout: killTimeoutMs,
    shutdown_with_message: false,
    exp_backoff_restart_delay: 200,
    max_restarts: 16,
    out_file: outFile,
    error_file: errorFile,
    merge_logs: true,
    autorestart: !once,
  };
  return `${JSON.stringify({ apps: [fields] }, null, 2)}\n`;
}
