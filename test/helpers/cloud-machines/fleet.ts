import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, startCli, type CliResult, type LiveCli } from '../cli.js';
import type { Cloud } from './cloud.js';

/** A fleet file and an operator's home of a test's own, with hosts in emulated clouds. */
export class CloudFleet {
  readonly dir = mkdtempSync(join(tmpdir(), 'fo-cloud-'));
  readonly #env: NodeJS.ProcessEnv;

  constructor(fleet: string, clouds: readonly Cloud[], hosts: Record<string, object>) {
    mkdirSync(join(this.dir, 'home'));
    writeFileSync(join(this.dir, 'fanops.yaml'), JSON.stringify({ fleet, providers: Object.assign({}, ...clouds.map(({ providers }) => providers)) as object, ssh_from: ['203.0.113.0/24'], hosts }));
    this.#env = Object.assign({ HOME: join(this.dir, 'home'), FANOPS_OPERATOR: 'tester' }, ...clouds.map(({ env }) => env)) as NodeJS.ProcessEnv;
  }

  cli(...args: string[]): Promise<CliResult> {
    return cli(args, { cwd: this.dir, env: this.#env });
  }

  start(...args: string[]): LiveCli {
    return startCli(args, { cwd: this.dir, env: { ...this.#env, FANOPS_PROGRESS: 'json' } });
  }

  /** Standard output of a command that must succeed. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...args);
    if (code !== 0) throw new Error(`fanops ${args.join(' ')} ended with ${code}: ${stderr.trim().split('\n').slice(-12).join('\n')}\n${stdout}`);
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--json')) as T;
  }

  /** Removes the folder; what hosts are left first. */
  async stop(): Promise<void> {
    await this.cli('host', 'destroy', '--all', '--yes');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
