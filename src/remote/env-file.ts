/**
 * Settings as a file of KEY=VALUE lines for `--env-file`. Values are quoted so that Node's parser (util.parseEnv) gives
 * them back unchanged.
 * @throws Error for a value that holds all three kinds of quotes: it cannot be written in this format.
 */
export function envFile(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${quote(key, value)}\n`)
    .join('');
}

function quote(key: string, value: string): string {
  const mark = ["'", '`', '"'].find((candidate) => !value.includes(candidate));
  if (!mark) throw new Error(`The setting ${key} holds single, double and back quotes at once.`);
  return `${mark}${value}${mark}`;
}
