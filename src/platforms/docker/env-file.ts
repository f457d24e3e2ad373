import { UserError } from '../../core/errors.js';

/** Docker reads lines of at most 64 KiB. */
const LONGEST = 65_000;

/**
 * Settings as Docker's `--env-file` takes them: `KEY=VALUE` lines, of which nothing is quoted.
 * @param where of the settings in the fleet file
 * @throws UserError that names a setting whose value would not arrive byte for byte
 */
export function dockerEnv(values: Readonly<Record<string, string>>, where: string): string {
  return Object.entries(values)
    .map(([key, value]) => {
      const why = problemOf(value);
      if (why === undefined) return `${key}=${value}\n`;
      throw new UserError(`The setting ${key} ${why}, which Docker cannot give to a container.`, {
        code: 'SETTING',
        where: `${where}.${key}`,
        hint: 'Write the value in another form that the app reads, such as base64.',
      });
    })
    .join('');
}

function problemOf(value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'has a line break or a null character';
  return Buffer.byteLength(value) > LONGEST ? `has more than ${LONGEST} bytes` : undefined;
}

/** The values of such a file. */
export const parseDockerEnv = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
