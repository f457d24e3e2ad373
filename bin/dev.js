#!/usr/bin/env node
// Builds what changed, then runs the command: for work on fanops itself.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = spawnSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', root], {
  stdio: ['ignore', 2, 2],
});
if (build.status === 0) await import('./run.js');
else process.exitCode = build.status ?? 1;
