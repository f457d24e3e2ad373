import { isAlias, isMap, isNode, isScalar, type Document, type Pair, type YAMLMap } from 'yaml';
import { UserError } from '../core/errors.js';
import { earlierSpellings, type Spelling } from './earlier-spelling.js';

/** Where an offset of the text is: `fanops.yaml:3:1`. */
type PlaceOf = (offset: number) => string;

/**
 * Gives keys in an earlier spelling their present one, in place: from here on there is one spelling, and errors still
 * find where the value stands.
 * @throws UserError that names both places where a key stands in both spellings
 */
export function respell(document: Document, placeOf: PlaceOf): void {
  const twice = earlierSpellings.flatMap((spelling) =>
    mapsAt(document, document.contents, spelling.at).flatMap((found) => respelled(found, spelling, placeOf)),
  );
  if (twice.length === 0) return;
  const many = twice.length > 1 ? `${twice.length} problems` : 'a problem';
  const lines = twice.map(({ where, path, message, hint }) => `  ${where} ${path}: ${message}. ${hint}`);
  throw new UserError(`The fleet file has ${many}:\n${lines.join('\n')}`, {
    code: 'FLEET_FILE',
    where: twice[0]?.where,
    data: { problems: twice },
  });
}

interface Found {
  map: YAMLMap;
  path: readonly string[];
}

/** Maps at a path in which `*` stands for any key. */
function mapsAt(document: Document, from: unknown, at: readonly string[], path: readonly string[] = []): Found[] {
  const map = isAlias(from) ? from.resolve(document) : from;
  if (!isMap(map)) return [];
  const [key, ...rest] = at;
  if (key === undefined) return [{ map, path }];
  return map.items
    .filter((pair) => key === '*' || keyOf(pair) === key)
    .flatMap((pair) => mapsAt(document, pair.value, rest, [...path, String(keyOf(pair))]));
}

const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : undefined);

function respelled({ map, path }: Found, { earlier, key }: Spelling, placeOf: PlaceOf) {
  const old = map.items.find((pair) => keyOf(pair) === earlier);
  if (!old || !isScalar(old.key)) return [];
  const present = map.items.find((pair) => keyOf(pair) === key);
  if (!present) {
    old.key.value = key;
    return [];
  }
  const where = (pair: Pair): string => placeOf((isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? 0);
  return [
    {
      where: where(old),
      path: [...path, earlier].join('.'),
      message: `is the earlier spelling of ${key}, which stands at ${where(present)} as well`,
      hint: `Keep ${key} alone.`,
    },
  ];
}
