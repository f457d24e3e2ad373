import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './ports.js';
import { pythonTool, pythonToolMissing } from './python-tool.js';
import { until } from './until.js';

const TOOL = { name: 'gcplocal', version: '0.1.0', package: 'gcplocal==0.1.0' };

/** Why the Google Cloud emulator gcplocal cannot be used here, undefined when it can. With FANOPS_NO_SKIP=1 the answer is an error. */
export const gcplocalMissing = (): string | undefined => pythonToolMissing(TOOL);

/** Runs gcplocal on a free port of the loopback interface. */
export async function startGcplocal(): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const program = `from gcplocal.server import start_server; start_server('127.0.0.1', ${port})`;
  const child = spawn(join(pythonTool(TOOL), 'bin', 'python3'), ['-c', program], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until(
    'gcplocal to answer',
    async () => {
      if (child.exitCode !== null) throw new Error(`gcplocal ended with ${child.exitCode}`);
      return fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    60_000,
  );
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
