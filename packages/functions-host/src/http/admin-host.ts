import { hostname } from 'node:os';
import { hostVersion } from '../core/core-api.js';
import type { HostState } from '../lifecycle/state.js';

const words = { starting: 'Starting', running: 'Running', stopping: 'Stopping' } as const;

/** What `GET /admin/host/status` answers, with the names that Azure's host uses (specification 3.3). */
export function hostStatus(state: HostState): Record<string, unknown> {
  const errors = state.functions.flatMap(({ name, error }) =>
    error ? [`The '${name}' function is in error: ${error}`] : [],
  );
  return {
    id: state.health().app,
    state: words[state.phase],
    version: hostVersion,
    versionDetails: hostVersion,
    platformVersion: '',
    instanceId: String(process.pid),
    computerName: hostname(),
    processUptime: Math.round(process.uptime() * 1000),
    functionAppContentEditingState: 'NotAllowed',
    ...(errors.length > 0 && { errors }),
  };
}
