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

function asText({ app, functions, routes, settings, findings }: Analysis): string {
  const lines = [`${app.name}: model ${app.model}, ${functions.length} functions, ${settings.length} settings`];
  for (const fn of functions)
    lines.push(`  ${fn.name}  ${fn.trigger}  ${fn.schedule ?? fn.queue ?? fn.path ?? ''}`.trimEnd());
  if (routes.length > 0) lines.push('routes, the first that matches answers:');
  for (const { route, methods, function: name } of routes)
    lines.push(`  ${methods?.join(',') ?? 'any method'} ${route} -> ${name}`);
  if (settings.length > 0) lines.push('settings:');
  for (const { name, required, usedBy } of settings)
    lines.push(`  ${name}${required ? '' : ' (optional)'}: ${usedBy.join(', ')}`);
  for (const { severity, message, where, hint } of findings) {
    lines.push(`${severity}: ${message}${where ? ` [${where.file}:${where.line}]` : ''}${hint ? `\n    ${hint}` : ''}`);
  }
  return `${lines.join('\n')}\n`;
}
