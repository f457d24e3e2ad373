import { checkRunId } from '../../core/run-id.js';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.js';
import type { Journal } from '../../runs/journal.js';
import { toErrorRecord } from '../../runs/journal.js';
import type { OperationContext } from '../../kit/context.js';

/**
 * Writes one folder that tells what happened: the error, the steps, the last events, the versions. Scrubbed of secrets.
 */
export async function writeEvidence(
  ctx: OperationContext,
  journal: Journal,
  error: unknown,
): Promise<string | undefined> {
  checkRunId(journal.runId);
  const dir = join(await ctx.state.dir(), 'evidence', journal.runId);
  const events = await (await ctx.state.store()).events(journal.runId);
  const files: Record<string, unknown> = {
    'error.json': {
      ...toErrorRecord(error, ctx.secrets.scrubber),
      stack: error instanceof Error ? error.stack : undefined,
      data: (error as { data?: unknown }).data,
    },
    'steps.json': journal.steps(),
    'events.json': events.slice(-500),
    'versions.json': { fanops: ctx.version, node: process.version, platform: `${process.platform}-${process.arch}` },
  };
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(dir, name), `${ctx.secrets.scrubber.scrub(JSON.stringify(content, null, 2))}\n`, {
        mode: 0o600,
      });
    }
    return dir;
  } catch (problem) {
    ctx.io.listener({ type: 'notice', message: `no evidence folder: ${messageOf(problem)}` });
    return undefined;
  }
}
