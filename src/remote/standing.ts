import { runScript } from '../core/host-script.js';
import { BASE, routerDir, routerProgram, serviceDir } from './layout.js';
import { ecosystem, type OwnApp } from './pm2.js';
import { killTimeoutMs, serviceApp } from './release.js';

/** The router under PM2. */
export const routerApp: OwnApp = { name: 'fanops-router', folder: routerDir };

/** Requests under way get at least that long when the router ends, in milliseconds. */
const LEAST_MS = 25_000;

/**
 * Milliseconds that PM2 waits for the end of the router before it kills it. @param drainMs how long requests under way
 * may go on
 */
export const routerKillMs = (drainMs: number): number => killTimeoutMs(Math.max(LEAST_MS, drainMs));

/**
 * The ecosystem file of the router. It hands its sockets to another program by itself: PM2 starts it anew only when it
 * has ended.
 */
export function routerEcosystem(home: string, drainMs: number): string {
  const dir = `${home}/${routerDir}`;
  return ecosystem({
    name: routerApp.name,
    script: `${home}/${routerProgram}`,
    args: ['hold', '--dir', dir, '--file', `${home}/${routerProgram}`],
    cwd: dir,
    instances: 1,
    alone: true,
    env: { NODE_ENV: 'production', FANOPS_SHUTDOWN_MS: String(Math.max(LEAST_MS, drainMs)) },
    outFile: `${dir}/logs/out.log`,
    errorFile: `${dir}/logs/error.log`,
    listenTimeoutMs: 30_000,
    killTimeoutMs: routerKillMs(drainMs),
  });
}

/** Prints what a host is to run by its own records: a service a line, and the router. */
export const listStanding = (): string[] => runScript('standing', 'fanops-standing', BASE);

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
    if (line === 'router')
      return [{ name: routerApp.name, app: routerApp, ecosystem: `${routerDir}/ecosystem.json`, kind: 'router' }];
    const name = /^service (.+)$/.exec(line)?.[1];
    return name === undefined
      ? []
      : [{ name, app: serviceApp(name), ecosystem: `${serviceDir(name)}/ecosystem.json`, kind: 'service' }];
  });
}
