import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SshPool } from '../../src/transports/ssh-pool.js';
import { CancelledError } from '../../src/core/errors.js';
import type { SshEndpoint } from '../../src/transports/transport.js';
import { codeServer } from '../helpers/code-server.js';
import { failure, hello, person, SshBench } from '../helpers/ssh.js';
import { keyPair, sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';

const missing = sshdMissing();

describe.skipIf(missing)('keys and agents', () => {
  let server: Sshd;
  let bench: SshBench;
  let good: string;
  let locked: string;

  beforeAll(async () => {
    server = await startSshd();
    good = server.endpoint.identityFiles?.[0] ?? '';
    const pair = keyPair(server.dir, 'locked', 'open sesame');
    locked = pair.path;
    appendFileSync(join(server.dir, 'authorized_keys'), `${pair.public}\n`);
    // What the file itself says must do.
    rmSync(`${locked}.pub`);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  const to = (endpoint: Partial<SshEndpoint>): SshEndpoint => ({ ...server.endpoint, identityFiles: [], ...endpoint });
  const others = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => keyPair(bench.dir, `other-${at}`).path);

  test('an agent with more keys than the server counts: too many, unless the right one is named', async () => {
    const agent = await bench.agent([...others(7), good]);
    const error = await failure(hello(bench.connect(to({ agent }))));
    expect(error).toMatchObject({ code: 'AUTH', hint: expect.stringContaining('IdentitiesOnly') as string });
    expect(error.message).toContain('too many keys were offered');
    expect(await hello(bench.connect(to({ agent, identityFiles: [good] })))).toBe('hello\n');
  });

  test('a named public key is used through the agent that holds the private one', async () => {
    const agent = await bench.agent([...others(7), good]);
    renameSync(good, `${good}.away`);
    try {
      expect(await hello(bench.connect(to({ agent, identityFiles: [`${good}.pub`] })))).toBe('hello\n');
      expect(await hello(bench.connect(to({ agent, identityFiles: [good], identitiesOnly: true })))).toBe('hello\n');
    } finally {
      renameSync(`${good}.away`, good);
    }
  });

  test('IdentitiesOnly keeps the other keys of the agent back', async () => {
    const agent = await bench.agent([good]);
    const [other = ''] = others(1);
    expect(await hello(bench.connect(to({ agent, identityFiles: [other] })))).toBe('hello\n');
    const error = await failure(hello(bench.connect(to({ agent, identityFiles: [other], identitiesOnly: true }))));
    expect(error).toMatchObject({ code: 'AUTH', data: { offered: [`key ${other}`] } });
  });

  test('a dead agent and a silent one are passed over when a key works', async () => {
    expect(await hello(bench.connect(to({ agent: join(bench.dir, 'gone'), identityFiles: [good] })))).toBe('hello\n');
    const silent = createServer(() => undefined);
    const socket = join(bench.dir, 'silent');
    await new Promise<void>((resolve) => silent.listen(socket, resolve));
    bench.after(() => void silent.close());
    expect(await hello(bench.connect(to({ agent: socket, identityFiles: [good] })))).toBe('hello\n');
  });

  test('default key files that do not exist are not spoken of', async () => {
    const defaults = [join(bench.dir, 'id_none'), good];
    expect(await hello(bench.connect(to({ defaultIdentityFiles: defaults })))).toBe('hello\n');
    const [other = ''] = others(1);
    const error = await failure(
      hello(bench.connect(to({ identityFiles: [other], defaultIdentityFiles: defaults.slice(0, 1) }))),
    );
    expect(error.message).not.toContain('id_none');
  });

  test('a passphrase is asked for once, for all hosts', async () => {
    const asker = person('wrong', 'open sesame');
    const pool = new SshPool({ asker });
    const all = Array.from({ length: 5 }, () =>
      hello(bench.connect(to({ identityFiles: [locked] }), { pool, readyTimeoutMs: 10_000 })),
    );
    expect(await Promise.all(all)).toEqual(Array<string>(5).fill('hello\n'));
    expect(asker.asked).toHaveLength(2);
    expect(asker.asked[0]).toContain(locked);
  });

  test('the time for the login does not run while a person thinks', async () => {
    const slow = { ...person('open sesame'), secret: person('open sesame').secret };
    const asker = {
      ...slow,
      secret: async (question: string) => (
        await new Promise((resolve) => setTimeout(resolve, 1500)),
        slow.secret(question)
      ),
    };
    expect(
      await hello(
        bench.connect(to({ identityFiles: [locked] }), { pool: new SshPool({ asker }), readyTimeoutMs: 1200 }),
      ),
    ).toBe('hello\n');
  });

  test('a key that the server does not know asks for no passphrase, nor one that comes after the right one', async () => {
    const stranger = keyPair(bench.dir, 'stranger', 'whatever').path;
    const asker = person();
    expect(
      await hello(bench.connect(to({ identityFiles: [stranger, good, locked] }), { pool: new SshPool({ asker }) })),
    ).toBe('hello\n');
    expect(asker.asked).toEqual([]);
  });

  test('an agent that holds the key spares the passphrase', async () => {
    const agent = await bench.agent([good]);
    writeFileSync(join(bench.dir, 'same'), 'not a key');
    const asker = person();
    expect(
      await hello(
        bench.connect(to({ agent, identityFiles: [join(bench.dir, 'same')] }), { pool: new SshPool({ asker }) }),
      ),
    ).toBe('hello\n');
  });

  test('without a terminal: a file with the passphrase, or an error that names the key and the ways out', async () => {
    const file = join(bench.dir, 'passphrase');
    writeFileSync(file, 'open sesame\n');
    expect(
      await hello(bench.connect(to({ identityFiles: [locked] }), { pool: new SshPool({ passphraseFile: file }) })),
    ).toBe('hello\n');
    const none = await failure(hello(bench.connect(to({ identityFiles: [locked] }))));
    expect(none).toMatchObject({ code: 'AUTH' });
    expect(none.message).toMatch(new RegExp(`${locked}: it is encrypted.*ssh-add.*FANOPS_SSH_PASSPHRASE_FILE`));
    writeFileSync(file, 'no idea\n');
    const wrong = await failure(
      hello(bench.connect(to({ identityFiles: [locked] }), { pool: new SshPool({ passphraseFile: file }) })),
    );
    expect(wrong).toMatchObject({ code: 'AUTH' });
    expect(wrong.message).toContain('does not fit');
    mkdirSync(join(bench.dir, 'folder'));
    const unreadable = await failure(
      hello(
        bench.connect(to({ identityFiles: [locked] }), {
          pool: new SshPool({ passphraseFile: join(bench.dir, 'folder') }),
        }),
      ),
    );
    expect(unreadable.message).toContain('cannot be read');
  });

  test('three wrong passphrases: the key is left out and the next one is tried', async () => {
    const asker = person('a', 'b', 'c');
    expect(await hello(bench.connect(to({ identityFiles: [locked, good] }), { pool: new SshPool({ asker }) }))).toBe(
      'hello\n',
    );
    expect(asker.asked).toHaveLength(3);
  });

  test('who gives up at a question gives up the login', async () => {
    const asker = { ...person(), secret: () => Promise.reject(new CancelledError('Cancelled at a question.')) };
    expect(
      await failure(hello(bench.connect(to({ identityFiles: [locked, good] }), { pool: new SshPool({ asker }) }))),
    ).toMatchObject({ code: 'CANCELLED', exitCode: 130 });
  });

  // OpenSSH asks for codes through PAM only; a server made for the test stands in for it.
  test('a key and a code: the server asks for the code in the terminal', async () => {
    const codes = await codeServer(bench.dir, '123456');
    bench.after(codes.stop);
    const asker = person('123456');
    const others = [keyPair(bench.dir, 'x').path, keyPair(bench.dir, 'y').path];
    const endpoint = { ...codes.endpoint, identityFiles: [...(codes.endpoint.identityFiles ?? []), ...others] };
    expect(await hello(bench.connect(endpoint, { pool: new SshPool({ asker }) }))).toBe('hello\n');
    expect(asker.asked).toEqual(['Second factor\nCode:[31m']);
    const wrong = await failure(hello(bench.connect(endpoint, { pool: new SshPool({ asker: person('000000') }) })));
    expect(wrong).toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('answers to its questions: refused') as string,
    });
    expect(await failure(hello(bench.connect(codes.endpoint)))).toMatchObject({ code: 'AUTH' });
  });
});
