import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../helpers/cli.js';

interface Command {
  flags: Record<string, { char?: string }>;
  examples?: string[];
}

const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, Command>;
};
const topics = new Set(Object.keys(commands).map((id) => id.split(':')[0] ?? ''));
/** Commands of oclif's plugins. */
const OTHERS = new Set(['help', 'autocomplete']);

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...['docs', 'examples', 'packages/functions-host'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];

/** Code of a page: its blocks by line, and what stands in backquotes. */
function codeOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans];
}

/** The command lines of fanops in a text, without prompt, remark and what belongs to another program. */
function linesOf(code: string[]): string[] {
  return code
    .map((line) => line.replace(/\s#\s.*$/, ''))
    .flatMap((line) =>
      [...line.matchAll(/(?:^\s*|\$ )(?:npx )?(fanops(?: [^#`]*)?)(?:$|[#`])/g)].map(([, found = '']) => found),
    )
    .map((line) => (line.split(/ -- | {2,}|[;|&]/)[0] ?? '').trim())
    .filter((line) => /^fanops [a-z-]/.test(line));
}

/** What is wrong with a command line; undefined when its command and all its flags exist. */
function problem(line: string): string | undefined {
  const words = line
    .split(' ')
    .slice(1)
    .map((word) => word.replaceAll(/[[\]"',.]|\.\.\.$/g, ''));
  const [first = '', second = ''] = words;
  if (OTHERS.has(first) || first.startsWith('--'))
    return ['--help', '--version', ...OTHERS].includes(first) ? undefined : `no flag ${first} without a command`;
  const id = commands[`${first}:${second}`] ? `${first}:${second}` : first;
  const command = commands[id];
  const flags = words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0] ?? '')
    .filter((flag) => flag !== '--help');
  if (!command)
    return topics.has(first) && flags.length === 0 && words.length === 1 ? undefined : `no command ${first} ${second}`;
  const known = Object.entries(command.flags).flatMap(([name, { char }]) => [
    `--${name}`,
    ...(char ? [`-${char}`] : []),
  ]);
  const missing = flags.filter((flag) => !known.includes(flag));
  return missing.length > 0 ? `${id} has no flag ${missing.join(', ')}` : undefined;
}

test('a command and a flag that do not exist are found', () => {
  expect(
    linesOf([
      '$ npx fanops host list   # all of them',
      '  fanops status --watch | head',
      'fanops.yaml',
      'what fanops is',
    ]),
  ).toEqual(['fanops host list', 'fanops status --watch']);
  expect(problem('fanops host list')).toBeUndefined();
  expect(problem('fanops status [--watch] -e ENV')).toBeUndefined();
  expect(problem('fanops host lst')).toBe('no command host lst');
  expect(problem('fanops status --follow')).toBe('status has no flag --follow');
});

test.each(pages)('every command that %s names exists, with its flags', (page) => {
  const lines = linesOf(codeOf(page));
  expect(lines.map((line) => [line, problem(line)] as const).filter(([, wrong]) => wrong !== undefined)).toEqual([]);
});

test('README names every command', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const verbs = Object.keys(commands).map((id) => id.split(':'));
  expect(
    verbs.filter(
      ([topic = '', verb]) =>
        !readme.includes(`fanops ${topic}`) ||
        (verb !== undefined && !new RegExp(`\`(fanops )?(${topic} )?${verb}\\b`).test(readme)),
    ),
  ).toEqual([]);
});

test.each(Object.entries(commands))('the examples of %s are right', (id, { examples = [] }) => {
  const lines = examples.map((line) =>
    line.replaceAll('<%= config.bin %>', 'fanops').replaceAll('<%= command.id %>', id.replaceAll(':', ' ')),
  );
  expect(lines.length).toBeGreaterThan(0);
  const own = lines.filter((line) => line.startsWith('fanops '));
  expect(own.length).toBeGreaterThan(0);
  for (const line of own) expect([line, problem(line.split(' -- ')[0] ?? '')]).toEqual([line, undefined]);
});

test.each(Object.entries(commands))('every flag of %s says what it is for', (_id, { flags }) => {
  const silent = Object.entries(flags as Record<string, { description?: string }>).filter(
    ([, { description }]) => !description,
  );
  expect(silent).toEqual([]);
});
