import { watchdogDir } from './layout.js';

const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops-watchdog', ...args];

/** Files of a service's watchdog on the router host. */
export const watchdogFiles = (service: string) => {
  const dir = watchdogDir(service);
  return { dir, program: `${dir}/watchdog.sh`, route: `${dir}/route.json` };
};

/**
 * Under a name of its own until it is complete: the watchdog never reads half a lease, and two renewals at once do not
 * meet.
 */
const RENEW = 'date +%s > "$dir/lease.$$" && mv -f "$dir/lease.$$" "$dir/lease"';

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
# There before it is needed: a full disk may have no room for a name.
: >> "$dir/log"
${RENEW} || exit 1
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

/**
 * Starts the watchdog, which outlives the connection; one that runs already is ended first. `revert` puts the route
 * back once the lease, in
 * milliseconds, was not renewed in time.
 */
export const armWatchdog = (service: string, leaseMs: number, revert: string[]): string[] =>
  sh(ARM, watchdogDir(service), String(Math.ceil(leaseMs / 1000)), watchdogFiles(service).program, ...revert);

const RENEW_ALIVE = `dir=$1
fired() { [ -e "$dir/fired" ] || [ -e "$dir/firing" ]; }
fired && { echo fired; exit 0; }
kill -0 "$(cat "$dir/pid")" 2>/dev/null || { fired && echo fired || echo gone; exit 0; }
${RENEW} && echo renewed
`;

/**
 * Renews the lease; prints \`fired\` when it came too late, \`gone\` when the watchdog has ended and guards nothing.
 */
export const renewWatchdog = (service: string): string[] => sh(RENEW_ALIVE, watchdogDir(service));

const DISARM = `${END}
dir=$1
[ -d "$dir" ] || { echo disarmed; exit 0; }
${RENEW}
end "$dir"
if [ -e "$dir/fired" ] || [ -e "$dir/firing" ]; then echo fired; else echo disarmed; fi
# A renewal under way may put its file in meanwhile.
rm -rf "$dir" 2>/dev/null || { sleep 0.2; rm -rf "$dir"; }
`;

/** Ends the watchdog and removes its files; prints \`disarmed\`, or \`fired\` when it had put the route back. */
export const disarmWatchdog = (service: string): string[] => sh(DISARM, watchdogDir(service));
