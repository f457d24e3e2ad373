const SEEDS = [
  '', ' ', '  two  spaces ', "'", "''", "it's", '"', '""', '`id`', '$(id)', '$HOME', '${HOME}', '\\', '\\\\', "\\'", 'end\\', '\n', 'a\nb', 'trailing\n',
  '\t', '\r', 'a\r\nb', '!', '!!', '!$', '#', '# no comment', '~', '~root', '*', '?', '[a-z]', '{a,b}', '&', '&&', '|', '||', ';', ';;', '<', '>', '>>', '<<EOF',
  '(', ')', '%', '%s', '%%', '-', '--', '-n', '-e', '--help', '=', 'a=b', 'A=B', 'ümläut', '日本語', '\u{1F600}', '\u0001', '\u001b[31m', '\u007f', '\u00a0',
  '\\n', '\\0', '\\x41', '\\047', '$\'a\'', 'a'.repeat(300), '../..', '/', '.', ' leading', "'; rm -rf x; '", '"; id; "', '^', '@', ',', ':', '+', '_',
];

/** Strings that shells are known to get wrong: the seeds, then mixtures of them, always the same ones. */
export function awkwardStrings(count: number): string[] {
  const strings = [...SEEDS];
  for (let at = 0; strings.length < count; at += 1) {
    strings.push([at * 7, at * 13 + 5, at * 29 + 11].map((index) => SEEDS[index % SEEDS.length]).join(''));
  }
  return strings.slice(0, count);
}
