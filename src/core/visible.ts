/** Characters that a terminal acts on, or that change the order in which text is shown. Tabs and line ends are text. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

/**
 * The text with control characters written as escapes (`\x1b`, `\u202e`), so that a terminal shows them and does not
 * act on them.
 */
export const visible = (text: string): string => text.replaceAll(CONTROL, escaped);

/** The same for a text that is to stay on its line: line ends are written as escapes too. */
export const visibleLine = (text: string): string => visible(text).replaceAll('\n', String.raw`\n`);

function escaped(character: string): string {
  if (character === '\r') return String.raw`\r`;
  const code = character.charCodeAt(0);
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
