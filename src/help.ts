import { Help } from './oclif.js';
import { widthOf, wrap, wrapCommand } from './ui/width.js';

const EXAMPLE = /^ +\$ fanops /;

/** Help that fits the terminal: oclif leaves summaries and examples on one line, however long. */
export default class FittingHelp extends Help {
  protected override log(...texts: string[]): void {
    const width = widthOf(process.stdout);
    super.log(
      ...texts.map((text) =>
        text
          .split('\n')
          .map((line) => (EXAMPLE.test(line) ? wrapCommand(line, width) : wrap(line, width)))
          .join('\n'),
      ),
    );
  }
}
