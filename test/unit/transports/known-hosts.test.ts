import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownHostsFile } from '../../../src/transports/known-hosts-file.js';
import { fingerprint, keyType, keysFor, knownHostName, matchesHost } from '../../../src/transports/known-hosts.js';
import { keyPair } from '../../helpers/sshd.js';

describe('known hosts', () => {
  let dir: string;
  let file: string;
  let key: string;
  let other: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'known-'));
    file = join(dir, 'state', 'known_hosts');
    key = keyPair(dir, 'key').public.trim();
    other = keyPair(dir, 'other').public.trim();
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const write = (text: string): void => {
    mkdirSync(join(dir, 'state'), { recursive: true });
    writeFileSync(file, text);
  };
  const trusted = (text: string, name: string): string[] =>
    keysFor(text, name).trusted.map((entry) => `${entry.type} ${entry.key}`);

  test.each([
    ['example.com', 'example.com', true],
    ['Example.COM', 'example.com', true],
    ['example.com', 'sub.example.com', false],
    ['a,b,example.com', 'example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['host?', 'host1', true],
    ['host?', 'host12', false],
    ['host[1]', 'host1', false],
    ['*,!bad.example.com', 'good.example.com', true],
    ['*,!bad.example.com', 'bad.example.com', false],
    ['!bad.example.com', 'good.example.com', false],
    ['[example.com]:2222', '[example.com]:2222', true],
    ['example.com', '[example.com]:2222', false],
    ['[*]:2222', '[10.0.0.1]:2222', true],
    ['a+b.c', 'aab-c', false],
  ])('pattern %s for %s: %s', (pattern, name, expected) => {
    expect(matchesHost(pattern, name)).toBe(expected);
  });

  test('the name off port 22 has brackets', () => {
    expect(knownHostName('Example.com', 22)).toBe('example.com');
    expect(knownHostName('::1', 2222)).toBe('[::1]:2222');
  });

  test('several keys of a host, marked lines, comments and rubbish', () => {
    const text = [
      '# host ssh-ed25519 AAAA',
      '',
      `host ${key} a comment`,
      `\thost,else ${other}`,
      `@revoked host ${other}`,
      `@cert-authority host ${key}`,
      'host',
      'host ssh-ed25519',
      'host ssh-ed25519 not*base64',
    ].join('\n');
    expect(trusted(text, 'host')).toEqual([key, other]);
    expect(keysFor(text, 'host').revoked.map((entry) => entry.key)).toEqual([other.split(' ')[1]]);
    expect(trusted(text, 'nobody')).toEqual([]);
  });

  test('names hashed by ssh-keygen', () => {
    write(`plain.example ${key}\n[10.1.2.3]:2222 ${other}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^\|1\|/);
    expect([trusted(text, 'plain.example'), trusted(text, '[10.1.2.3]:2222'), trusted(text, '10.1.2.3')]).toEqual([
      [key],
      [other],
      [],
    ]);
  });

  test('fingerprints as ssh-keygen prints them', () => {
    const printed = execFileSync('ssh-keygen', ['-lf', join(dir, 'key.pub')], { encoding: 'utf8' }).split(' ')[1];
    expect(fingerprint(key.split(' ')[1] ?? '')).toBe(printed);
    expect(keyType(Buffer.from(key.split(' ')[1] ?? '', 'base64'))).toBe('ssh-ed25519');
    expect(keyType(Buffer.from([1, 2]))).toBe('');
  });

  test('add makes the file for its owner only, once for each key', () => {
    const known = new KnownHostsFile(file);
    known.add('host', [`${key} with a comment`]);
    known.add('host', [key, other]);
    known.add('else', [key]);
    expect(readFileSync(file, 'utf8')).toBe(`host ${key}\nhost ${other}\nelse ${key}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'state'))).toEqual(['known_hosts']);
  });

  test('replace takes out the old keys of the host and nothing else', () => {
    write(`# fleet\nhost ${other}\nelse,host ${other}\n* ${other}\n@revoked host ${other}\nhost2 ${other}`);
    new KnownHostsFile(file).replace('host', [key]);
    expect(readFileSync(file, 'utf8')).toBe(
      `# fleet\nelse ${other}\n* ${other}\n@revoked host ${other}\nhost2 ${other}\nhost ${key}\n`,
    );
  });

  test('a hashed name is replaced as well', () => {
    write(`host ${other}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    new KnownHostsFile(file).replace('host', [key]);
    expect(readFileSync(file, 'utf8')).toBe(`host ${key}\n`);
  });

  test('a file that cannot be read trusts nobody; a key that is none is refused', () => {
    mkdirSync(file, { recursive: true });
    expect(() => new KnownHostsFile(file).keysFor('host')).toThrow('cannot be read');
    chmodSync(file, 0o700);
    expect(() => new KnownHostsFile(join(dir, 'new')).add('host', ['rubbish'])).toThrow('not a host key');
  });
});
