import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, startCli, type CliResult, type LiveCli } from './cli.js';

/** A fleet file and an operator's home in a folder of a test's own, and the built CLI in it. */
export class FileFleet {
  readonly dir: string;
  /** What the CLI has in its environment, besides that of the test. */
  readonly env: NodeJS.ProcessEnv;

  /** @param name of the folder, for whoever finds it */
  constructor(name: string, text: string, env: NodeJS.ProcessEnv = {}) {
    this.dir = mkdtempSync(join(tmpdir(), `fo-${name}-`));
    mkdirSync(join(this.dir, 'home'));
    this.env = { HOME: join(this.dir, 'home'), FANOPS_OPERATOR: 'tester', ...env };
    this.write(text);
  }

  /** Writes the fleet file anew. */
  write(text: string): void {
    writeFileSync(join(this.dir, 'fanops.yaml'), text);
  }

  cli(...args: string[]): Promise<CliResult> {
    return cli(args, { cwd: this.dir, env: this.env });
  }

  start(...args: string[]): LiveCli {
    return startCli(args, { cwd: this.dir, env: { ...this.env, FANOPS_PROGRESS: 'json' } });
  }

  /** Standard output of a command that must succeed. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...args);
    if (code !== 0)
      throw new Error(
        `fanops ${args.join(' ')} ended with ${code}: ${stderr.trim().split('\n').slice(-12).join('\n')}\n${stdout}`,
      );
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--json')) as T;
  }

  /** Removes what hosts are left, then the folder. */
  async stop(): Promise<void> {
    await this.cli('host', 'destroy', '--all', '--yes');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
