import { tmpdir } from 'node:os';
import { analysis as analysisSchema, decode, MalformedError, type Analysis, type Finding } from '#protocol';
import { diskFullError, fullPlace, isDiskFull, saysDiskFull } from '../../core/disk-full.js';
import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import { lastLines } from '../../core/lines.js';
import type { OperationContext } from '../../kit/context.js';
import { defineStep } from '../../core/step.js';
import { appCopy } from '../npm/app-copy.js';
import { confined } from '../npm/confined.js';
import type { Step } from '../../core/plan.js';
import { readSource, type Source } from '../../kit/source.js';

export type { Analysis, Finding } from '#protocol';

const DEADLINE_SECONDS = 60;

/**
 * Loads the app against a recording core in a process of its own; changes nothing. @throws PreconditionError when it
 * cannot be analysed.
 */
export async function analyse(ctx: OperationContext, service: string): Promise<Analysis> {
  await ctx.trusted();
  const { dir } = await appCopy(ctx, service, await readSource(ctx, service));
  const args = [ctx.assets.functionsHost, '--analyse', '--json', '--root', dir, '--deadline', String(DEADLINE_SECONDS)];
  try {
    const { stdout } = await confined(args, {
      timeout: (DEADLINE_SECONDS + 10) * 1000,
      maxBuffer: 64 << 20,
      signal: ctx.signal,
      networkless: await ctx.networkless(),
    });
    return read(service, stdout);
  } catch (error) {
    const stdout = (error as { stdout?: string }).stdout ?? '';
    if (stdout.trimStart().startsWith('{')) return read(service, stdout);
    if (isDiskFull(error)) throw error;
    if (saysDiskFull((error as { stderr?: string }).stderr ?? '')) throw diskFullError(fullPlace(tmpdir()), error);
    throw new PreconditionError(`${service} cannot be analysed: ${messageOf(error).split('\n')[0]}`, {
      hint: lastLines((error as { stderr?: string }).stderr ?? '', 8) || undefined,
      cause: error,
    });
  }
}

/** @throws PreconditionError when it is no analysis: what an app prints by itself may stand between */
function read(service: string, stdout: string): Analysis {
  try {
    return decode(analysisSchema, stdout);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new PreconditionError(`The analysis of ${service} cannot be read: ${error.message}.`, {
      code: 'BAD_ANSWER',
      cause: error,
      hint: `It begins with: ${stdout.trim().slice(0, 200) || 'nothing'}`,
    });
  }
}

/** Functions that no request starts: timers, queues. */
export const backgroundFunctions = (analysis: Analysis): string[] =>
  analysis.functions
    .filter((fn) => fn.trigger !== 'http')
    .map((fn) => fn.name)
    .sort();

/** Functions that answer 401 to callers without a key. */
const keyedFunctions = ({ findings }: Analysis): string[] =>
  [...new Set(findings.filter(({ id }) => id === 'function-keys').map((finding) => finding.function ?? ''))].sort();

const missingKeys = (service: string, functions: readonly string[]): string =>
  `services.${service}.keys is missing: ${functions.join(', ')} would answer 401 to everybody, ` +
  'also to callers with a key. ' +
  'Write what `az functionapp keys list` prints to a file that is not committed and name it (`keys: file:PATH`), ' +
  'or pass --without-keys if nobody is to call them.';

/** One line: `5 functions (3 http, 1 queue, 1 timer)`. */
export function summary(analysis: Analysis): string {
  const counts = new Map<string, number>();
  for (const { trigger } of analysis.functions) counts.set(trigger, (counts.get(trigger) ?? 0) + 1);
  const kinds = [...counts]
    .sort()
    .map(([trigger, count]) => `${count} ${trigger}`)
    .join(', ');
  return `${analysis.functions.length} functions${kinds ? ` (${kinds})` : ''}`;
}

/**
 * What stands against running the app as it is with the settings of the fleet file.
 * @param withoutKeys the user knows that functions that ask for a key will answer 401
 * @throws PreconditionError (code CANNOT_MOVE, exit 5) that lists every reason with its place.
 */
export async function requireMovable(
  ctx: OperationContext,
  service: string,
  analysis: Analysis,
  withoutKeys = false,
): Promise<void> {
  const { settings = {}, keys } = (await ctx.fleet()).service(service);
  const given = new Set(Object.keys(settings));
  const keyed = keys === undefined && !withoutKeys ? keyedFunctions(analysis) : [];
  const reasons = [
    ...analysis.loadErrors.map((error) => `${error.file}: ${error.message}`),
    ...analysis.findings.filter((finding) => finding.severity === 'blocks').map(findingText),
    ...analysis.settings
      .filter((setting) => setting.required && !given.has(setting.name))
      .map((setting) => `the setting ${setting.name} is missing (used by ${setting.usedBy.join(', ')})`),
    ...(keyed.length > 0 ? [missingKeys(service, keyed)] : []),
  ];
  if (reasons.length === 0) return;
  throw new PreconditionError(`${service} cannot move as it is; nothing was changed.`, {
    code: 'CANNOT_MOVE',
    hint: reasons.map((reason) => `- ${reason}`).join('\n'),
    data: { reasons, analysis },
  });
}

/** The analysis line by line: functions with their triggers, settings, and what changes in the move. */
export function analysisLines(analysis: Analysis): string[] {
  const trigger = (fn: Analysis['functions'][number]): string => {
    if (fn.trigger === 'http') return `${(fn.methods ?? []).join(',') || 'any method'} ${fn.route ?? ''}`;
    return `${fn.trigger} ${fn.queue ?? fn.schedule ?? ''}`.trimEnd();
  };
  return [
    ...analysis.functions.map((fn) => `${fn.name}: ${trigger(fn)}`),
    ...(analysis.settings.length > 0
      ? [`settings: ${analysis.settings.map((setting) => setting.name).join(', ')}`]
      : []),
    ...analysis.findings.map((finding) => `${finding.severity}: ${findingText(finding)}`),
  ];
}

/** A finding as one line with its place and the way out. */
export function findingText(finding: Finding): string {
  const where = finding.where ? ` (${finding.where.file}${finding.where.line ? `:${finding.where.line}` : ''})` : '';
  const of = finding.function ? `${finding.function}: ` : '';
  return `${of}${finding.message}${where}${finding.hint ? ` ${finding.hint}` : ''}`;
}

/** Says again what the analysis found, and refuses when the source changed since the plan was made. */
export const analyseStep = defineStep<
  OperationContext,
  { service: string; sourceHash: string; summary: string; lines: string[] }
>('app.analyse', {
  async check(io) {
    const source = await readSource(io.ctx, io.input.service);
    io.input.lines.forEach((line) => io.line(line));
    if (source.hash === io.input.sourceHash) return { state: 'done', detail: io.input.summary };
    return { state: 'change', changes: ['the source changed since the plan was made'] };
  },
  async apply(io) {
    throw new FanopsError(`The source of ${io.input.service} changed since run ${io.runId} was planned.`, {
      code: 'SOURCE_CHANGED',
      hint: 'Start a new run, so that what was analysed is what moves.',
    });
  },
});

/** The step that says what the analysis found. */
export const analyseStepOf = (service: string, source: Source, analysis: Analysis): Step =>
  analyseStep.step('analyse', `Analyse ${service}`, {
    service,
    sourceHash: source.hash,
    summary: summary(analysis),
    lines: analysisLines(analysis),
  });
