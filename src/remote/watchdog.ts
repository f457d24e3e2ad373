import { watchdogDir } from './layout.js';

/** Seconds without a renewed lease after which the watchdog puts the route back. */
export const WATCHDOG_TTL_SECONDS = 20;
/** Milliseconds between renewals. */
export const WATCHDOG_RENEW_MS = 4000;

const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops-watchdog', ...args];

/** Files of a service's watchdog on the router host. */
export const watchdogFiles = (service: string) => {
  const dir = watchdogDir(service);
  return { dir, program: `${dir}/watchdog.sh`, route: `${dir}/route.json` };
};

const END = `
end() {
  if [ -f "$1/pid" ]; then
    pid=$(cat "$1/pid")
    : > "$1/disarmed"
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
  fi
}
`;

const ARM = `${END}
dir=$1 ttl=$2 program=$3
shift 3
end "$dir"
rm -f "$dir/disarmed" "$dir/fired" "$dir/firing" "$dir/pid"
date +%s > "$dir/lease"
if command -v setsid > /dev/null 2>&1; then
  setsid sh "$program" "$dir" "$ttl" "$@" < /dev/null > /dev/null 2>&1 &
else
  nohup sh "$program" "$dir" "$ttl" "$@" < /dev/null > /dev/null 2>&1 &
fi
tries=0
while [ ! -s "$dir/pid" ] && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
[ -s "$dir/pid" ] || { echo "the watchdog did not start" >&2; exit 1; }
echo armed
`;

/** Starts the watchdog, which outlives the connection; one that runs already is ended first. `revert` puts the route back. */
export const armWatchdog = (service: string, revert: string[]): string[] =>
  sh(ARM, watchdogDir(service), String(WATCHDOG_TTL_SECONDS), watchdogFiles(service).program, ...revert);

/** Renews the lease; prints \`fired\` when it came too late. */
export const renewWatchdog = (service: string): string[] =>
  sh('dir=$1; [ -e "$dir/fired" ] || [ -e "$dir/firing" ] && { echo fired; exit 0; }; date +%s > "$dir/lease.new" && mv -f "$dir/lease.new" "$dir/lease" && echo renewed', watchdogDir(service));

const DISARM = `${END}
[ -d "$1" ] || { echo disarmed; exit 0; }
date +%s > "$1/lease"
end "$1"
if [ -e "$1/fired" ] || [ -e "$1/firing" ]; then echo fired; else echo disarmed; fi
rm -rf "$1"
`;

/** Ends the watchdog and removes its files; prints \`disarmed\`, or \`fired\` when it had put the route back. */
export const disarmWatchdog = (service: string): string[] => sh(DISARM, watchdogDir(service));

/** Prints \`armed\`, \`fired\` or \`none\`. */
export const watchdogState = (service: string): string[] =>
  sh('if [ -e "$1/fired" ]; then echo fired; elif [ -s "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null; then echo armed; else echo none; fi', watchdogDir(service));
