import type { CliOptions } from '../cli-args.js';
import { readEnvFile } from '../config/settings.js';
import { analyse } from './analyse.js';
import type { Analysis } from './types.js';

/** `--analyse`: prints the result. The exit code is 0 whatever it found: the findings say what blocks. */
export async function runAnalyse(options: CliOptions): Promise<void> {
  const env = options.envFile ? await readEnvFile(options.envFile) : {};
  const analysis = await analyse(options.root, { env, deadlineMs: options.deadline * 1000 });
  process.stdout.write(options.json ? `${JSON.stringify(analysis, null, 2)}\n` : asText(analysis));
}

function asText({ app, functions, settings, findings }: Analysis): string {
  const lines = [`${app.name}: model ${app.model}, ${functions.length} functions, ${settings.length} settings`];
  for (const fn of functions) lines.push(`  ${fn.name}  ${fn.trigger}  ${fn.route ?? fn.schedule ?? fn.queue ?? ''}`);
  for (const { severity, message, where, hint } of findings) {
    lines.push(`${severity}: ${message}${where ? ` [${where.file}:${where.line}]` : ''}${hint ? `\n    ${hint}` : ''}`);
  }
  return `${lines.join('\n')}\n`;
}
