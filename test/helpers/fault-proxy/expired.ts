import type { Reaction } from './index.js';

/** What each cloud answers to a request with a login that has expired. */
export const EXPIRED: Record<'aws' | 'azure' | 'gcp', Reaction> = {
  aws: {
    kind: 'answer',
    status: 400,
    headers: { 'content-type': 'text/xml' },
    body: '<Response><Errors><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></Errors><RequestID>r</RequestID></Response>',
  },
  azure: {
    kind: 'answer',
    status: 401,
    headers: {
      'content-type': 'application/json',
      'www-authenticate': 'Bearer authorization_uri="https://login.example", error="invalid_token"',
    },
    body: '{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expiry has passed."}}',
  },
  gcp: {
    kind: 'answer',
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED","errors":[{"reason":"authError","message":"Invalid Credentials"}]}}',
  },
};
