import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { newKeyPair } from '../../../../src/providers/local/keys.js';

test('600 key pairs can all be read', () => {
  for (let at = 0; at < 600; at += 1) {
    const pair = newKeyPair('test');
    expect(ssh2.utils.parseKey(pair.private)).not.toBeInstanceOf(Error);
    expect(ssh2.utils.parseKey(pair.public)).not.toBeInstanceOf(Error);
  }
});
