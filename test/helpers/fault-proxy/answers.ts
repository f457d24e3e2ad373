/** An answer of the proxy in JSON. */
export const jsonAnswer = (status: number, body: object, headers: Record<string, string> = {}) => ({
  kind: 'answer' as const,
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** How EC2 refuses with a code. */
export const awsRefusal = (status: number, code: string) => ({
  kind: 'answer' as const,
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors><RequestID>r</RequestID></Response>`,
});

/** How Compute Engine refuses with a reason. */
export const gcpRefusal = (status: number, reason: string, message = reason) =>
  jsonAnswer(status, { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } });

/** How Azure's Resource Manager refuses with a code. */
export const azureRefusal = (status: number, code: string, headers: Record<string, string> = {}) =>
  jsonAnswer(status, { error: { code, message: `the words of ${code}` } }, headers);
