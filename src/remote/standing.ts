import { BASE, routerDir, serviceDir } from './layout.js';

/** Name of the router's process under PM2. */
export const ROUTER_APP = 'fanops-router';

const STANDING = `
cd "$1" 2>/dev/null || exit 0
for record in services/*/service.json; do
  dir=\${record%/service.json}
  [ -f "$record" ] && [ -f "$dir/ecosystem.json" ] && echo "service \${dir#services/}"
done
[ -f router/router.json ] && [ -f router/ecosystem.json ] && echo router
true
`;

/** Prints what a host is to run by its own records: a service a line, and the router. */
export const listStanding = (): string[] => ['sh', '-c', STANDING, 'fanops-standing', BASE];

/** A process that PM2 is to run. */
export interface Standing {
  /** Name under PM2. */
  name: string;
  /** What PM2 is to start it with. */
  ecosystem: string;
  kind: 'service' | 'router';
}

/** What `listStanding` printed. */
export function parseStanding(stdout: string): Standing[] {
  return stdout.split('\n').flatMap((line): Standing[] => {
    if (line === 'router') return [{ name: ROUTER_APP, ecosystem: `${routerDir}/ecosystem.json`, kind: 'router' }];
    const name = /^service (.+)$/.exec(line)?.[1];
    return name === undefined ? [] : [{ name, ecosystem: `${serviceDir(name)}/ecosystem.json`, kind: 'service' }];
  });
}
