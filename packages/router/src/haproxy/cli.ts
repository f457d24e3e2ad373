import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const deadlineMs = 10_000;

/**
 * A kept connection to the command line of a running HAProxy: it works also when that one leaves and opens no new ones.
 */
export class HaproxyCli {
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(private readonly socket: Socket) {}

  /** @throws {Error} when nothing listens there */
  static async connect(path: string): Promise<HaproxyCli> {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.on('error', () => undefined); // followed by the end of each command under way
    const cli = new HaproxyCli(socket);
    await cli.ask('prompt');
    return cli;
  }

  /** What HAProxy answers to a command. @throws {Error} when it has ended, or does not answer */
  ask(command: string): Promise<string> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#ask(command));
    this.#turn = turn;
    return turn;
  }

  close(): void {
    this.socket.destroy();
  }

  #ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const late = setTimeout(
        () => end(new Error(`HAProxy did not answer to ${command.split('\n', 1)[0] ?? ''}`)),
        deadlineMs,
      );
      const end = (error?: Error): void => {
        clearTimeout(late);
        this.socket.off('data', read).off('close', gone);
        if (error) reject(error);
        else
          resolve(
            text
              .replace(/\n?> $/, '')
              .replace(/^(\+ )+/, '')
              .trim(),
          );
      };
      const gone = (): void => end(new Error('HAProxy has ended'));
      const read = (chunk: Buffer): void => {
        text += String(chunk);
        if (/(^|\n)> $/.test(text)) end();
      };
      if (this.socket.destroyed) return gone();
      this.socket.on('data', read).on('close', gone);
      this.socket.write(`${command}\n`);
    });
  }

  /** A line `NAME: VALUE` of `show info`. */
  async info(name: string): Promise<string> {
    return new RegExp(`^${name}: (.*)$`, 'm').exec(await this.ask('show info'))?.[1] ?? '';
  }

  /** Replaces a map as a whole: requests see the old one or the new one. @throws {Error} with HAProxy's own words */
  async setMap(map: string, lines: string[]): Promise<void> {
    const version = /New version created: (\d+)/.exec(await this.ask(`prepare map ${map}`))?.[1];
    if (version === undefined) return; // a configuration without this map
    const added = lines.length === 0 ? '' : await this.ask(`add map @${version} ${map} <<\n${lines.join('\n')}\n`);
    const committed = await this.ask(`commit map @${version} ${map}`);
    if (added !== '' || committed !== '') throw new Error(`HAProxy does not take ${map}: ${added}${committed}`);
  }
}
