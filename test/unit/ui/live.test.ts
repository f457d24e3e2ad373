import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { LiveScreen, type Screen } from '../../../src/ui/live.js';

class FakeTerminal extends EventEmitter {
  columns = 80;
  rows = 4;
  text = '';
  write(part: string): boolean {
    this.text += part;
    return true;
  }

  /** What was written since the last time. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

const open = (): { terminal: FakeTerminal; screen: LiveScreen } => {
  const terminal = new FakeTerminal();
  return { terminal, screen: new LiveScreen(terminal as unknown as Screen) };
};

test('it opens once, draws over what is there, and leaves the last text behind', () => {
  const { terminal, screen } = open();
  screen.draw(() => 'one');
  expect(terminal.take()).toBe('\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J\u001b[Hone\u001b[K\u001b[J');
  screen.draw(() => 'two\nlines');
  expect(terminal.take()).toBe('\u001b[Htwo\u001b[K\r\nlines\u001b[K\u001b[J');
  screen.end();
  expect(terminal.take()).toBe('\u001b[?7h\u001b[?25h\u001b[?1049ltwo\nlines\n');
  screen.end();
  expect(terminal.take()).toBe('');
});

test('what the terminal is too short for is cut off and said so; another size draws it anew', () => {
  const { terminal, screen } = open();
  screen.draw(() => `wide ${terminal.columns}\n2\n3\n4\n5`);
  expect(terminal.take()).toContain(
    'wide 80\u001b[K\r\n2\u001b[K\r\n... 3 more lines: the terminal is too short\u001b[K\u001b[J',
  );
  terminal.columns = 40;
  terminal.rows = 10;
  terminal.emit('resize');
  expect(terminal.take()).toContain('wide 40\u001b[K\r\n2\u001b[K\r\n3\u001b[K\r\n4\u001b[K\r\n5\u001b[K\u001b[J');
  screen.end();
  terminal.take();
  terminal.emit('resize');
  expect(terminal.take()).toBe('');
});

test('nothing that was never opened is closed', () => {
  const { terminal, screen } = open();
  screen.end();
  expect(terminal.text).toBe('');
});
