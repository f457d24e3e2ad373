import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

const program =
  "require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); })";

/** A port whose connections are never made: its listener is stopped, and its queue is full. */
export async function stuckListener(): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const filling = [1, 2, 3, 4].map(() => connect(Number(String(port)), '127.0.0.1').on('error', () => undefined));
  await Promise.race([once(filling[0]!, 'connect'), new Promise((resolve) => setTimeout(resolve, 500))]);
  return {
    url: `http://127.0.0.1:${String(port).trim()}`,
    async stop() {
      for (const each of filling) each.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
