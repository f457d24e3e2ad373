import { BASE, routerDir, serviceDir } from './layout.js';
import type { OwnApp } from './pm2.js';
import { serviceApp } from './release.js';

/** The router under PM2. */
export const routerApp: OwnApp = { name: 'fanops-router', folder: routerDir };

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
  app: OwnApp;
  /** What PM2 is to start it with. */
  ecosystem: string;
  kind: 'service' | 'router';
}

/** What `listStanding` printed. */
export function parseStanding(stdout: string): Standing[] {
  return stdout.split('\n').flatMap((line): Standing[] => {
    if (line === 'router') return [{ name: routerApp.name, app: routerApp, ecosystem: `${routerDir}/ecosystem.json`, kind: 'router' }];
    const name = /^service (.+)$/.exec(line)?.[1];
    return name === undefined ? [] : [{ name, app: serviceApp(name), ecosystem: `${serviceDir(name)}/ecosystem.json`, kind: 'service' }];
  });
}
