import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * A sink that hands out each finished line, without its end.
 * @param ready resolves when more lines can be taken; more is read only then.
 */
export function lineSink(onLine: (line: string) => void, ready: () => Promise<void> = async () => undefined): Writable {
  const lines = lineSplitter(onLine);
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      try {
        lines.write(chunk);
      } catch (error) {
        done(error as Error);
        return;
      }
      ready().then(() => done(), done);
    },
  });
}

/** Splits what comes in chunks into lines, without their ends; `end` hands out an unfinished last one. */
export function lineSplitter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest) onLine(rest);
      rest = '';
    },
  };
}

/** The last lines of what a program printed, without what is empty at the end. */
export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n');
