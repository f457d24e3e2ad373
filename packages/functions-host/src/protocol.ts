/**
 * What travels between this package and fanops. Types, and one number: the build makes this module stand by itself, so
 * that the published package
 * needs nothing of fanops.
 */
export { PROTOCOL_VERSION } from 'fanops-protocol/version';
export type {
  AnalysedFunction,
  AnalysedRoute,
  AnalysedSetting,
  Analysis,
  Finding,
  Health,
  Place,
  Severity,
  Shutdown,
} from 'fanops-protocol';
