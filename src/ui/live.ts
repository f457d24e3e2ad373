import { terminalText } from './terminal-text.js';

/** What a live screen needs of a terminal. */
export type Screen = Pick<NodeJS.WriteStream, 'write' | 'on' | 'off' | 'columns' | 'rows'>;

/** The other screen of the terminal, without cursor and without line wrap; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * A text that is drawn again and again in place: over the one before, never clearing first, so that nothing flickers.
 * What the screen is too
 * short for is cut off and said so. `end` gives the terminal back and leaves the last text there.
 */
export class LiveScreen {
  readonly #out: Screen;
  #render: (() => string) | undefined;
  #open = false;
  readonly #onResize = (): void => this.#paint();

  constructor(out: Screen) {
    this.#out = out;
  }

  /** @param render makes the text for the size that the terminal has then */
  draw(render: () => string): void {
    this.#render = render;
    if (!this.#open) {
      this.#out.write(ENTER);
      this.#out.on('resize', this.#onResize);
      this.#open = true;
    }
    this.#paint();
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#out.off('resize', this.#onResize);
    this.#out.write(`${LEAVE}${terminalText(this.#render?.() ?? '', true)}\n`);
  }

  #paint(): void {
    const lines = terminalText(this.#render?.() ?? '', true).split('\n');
    const room = Math.max(1, (this.#out.rows ?? 24) - 1);
    const shown =
      lines.length <= room
        ? lines
        : [...lines.slice(0, room - 1), `... ${lines.length - room + 1} more lines: the terminal is too short`];
    this.#out.write(`${HOME}${shown.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  }
}
