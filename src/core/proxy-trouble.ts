/** What an error says of a proxy, in a text that a library made of several; undefined when it says nothing of one. */
export const proxyTrouble = (text: string): string | undefined =>
  /the (?:request through the )?proxy https?:\/\/[^\n]*/.exec(text)?.[0];
