import { hostScript, runScript } from '../../core/host-script.js';

/** One thing that a host gets. Both command lines run as root, can run again, and take all that varies as arguments. */
export interface BootstrapTask {
  /** Prints `change TEXT` for each thing that is missing, and `done TEXT` for what is there. Changes nothing. */
  check: string[];
  apply: string[];
  /** Milliseconds that applying may take. */
  timeoutMs: number;
}

/** What a check printed. */
export interface Looked {
  changes: string[];
  details: string[];
}

/** @param stdout what the check of a task printed */
export function parseLook(stdout: string): Looked {
  const after = (word: string): string[] =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  return { changes: after('change'), details: after('done') };
}

/** A task of two scripts, which get the same arguments: `templates/sh/bootstrap/NAME-check.sh` and `NAME-apply.sh`. */
export const scriptTask = (
  name: string,
  args: readonly string[] = [],
  timeoutMs = 300_000,
  apply = `${name}-apply`,
): BootstrapTask => ({
  check: runScript(`bootstrap/${name}-check`, 'fanops-bootstrap', ...args),
  apply: runScript(`bootstrap/${apply}`, 'fanops-bootstrap', ...args),
  timeoutMs,
});

/** A task from the bodies of its two scripts, which see the same arguments. */
export function task(
  bodies: { check: string; apply: string },
  args: readonly string[] = [],
  timeoutMs = 300_000,
): BootstrapTask {
  const script = (text: string): string[] => ['sh', '-c', text, 'fanops-bootstrap', ...args];
  return {
    check: script(hostScript('lib/bootstrap-check') + bodies.check),
    apply: script(hostScript('lib/bootstrap-apply') + bodies.apply),
    timeoutMs,
  };
}
