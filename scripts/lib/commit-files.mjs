// What a commit that adds a module touches, told apart by where a module may leave its traces.
import { execFileSync } from 'node:child_process';
import { KINDS } from '../lint/names.mjs';

/** Where a module may be seen outside of its folder: in its tests, in what users read, and in what is generated. */
const PLACES = [
  ['tests', /^(packages\/[^/]+\/)?test\//],
  ['docs', /^(docs\/|README\.md$)/],
  ['generated', /^schemas\//],
];

/** The kind of place of a file; `elsewhere` is what adding a module must not touch. @param {string} file */
export function placeOf(file) {
  const kind = KINDS.find(({ home, table }) => file === table || new RegExp(`^${home}[^/]+/`).test(file));
  if (kind) return file === kind.table ? 'tables' : `folder ${file.split('/').slice(0, 3).join('/')}`;
  return PLACES.find(([, pattern]) => pattern.test(file))?.[0] ?? 'elsewhere';
}

/** Files of a commit by their places, with lines added and removed. @param {string} revision */
export function filesOf(revision) {
  const argv = ['show', '--numstat', '--no-renames', '--format=', revision];
  const places = new Map();
  for (const line of execFileSync('git', argv, { encoding: 'utf8' }).split('\n').filter(Boolean)) {
    const [added, removed, file] = line.split('\t');
    const place = placeOf(file);
    places.set(place, [...(places.get(place) ?? []), { file, added, removed }]);
  }
  return places;
}

/** Prints them. @returns {boolean} whether all lie where a module may be seen */
export function printCommit(revision) {
  const places = filesOf(revision);
  for (const [place, files] of [...places].sort(([a], [b]) => a.localeCompare(b))) {
    process.stdout.write(`${place}: ${files.length}\n`);
    for (const { file, added, removed } of files) process.stdout.write(`  +${added} -${removed}  ${file}\n`);
  }
  return !places.has('elsewhere');
}
