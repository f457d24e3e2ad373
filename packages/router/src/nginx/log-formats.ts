const head = '{"time":"$fanops_time","service":"$fanops_log_service","placement":"$fanops_log_placement",';
const named = '"target":"$fanops_answering",';
const middle = '"method":"$request_method","path":"$fanops_path"';
const tail = '"ms":$fanops_ms,"bytes":$body_bytes_sent,"requestId":"$fanops_request_id"';

/** By kind of request, so that a line has the fields that the embedded engine's has; `left`: the response had begun. */
const kinds: Record<string, { status: string; more: string }> = {
  plain: { status: '$status', more: '' },
  answer: { status: '$status', more: ',"upstreamMs":$fanops_upstream_ms' },
  retried: { status: '$status', more: ',"upstreamMs":$fanops_upstream_ms,"retried":true' },
  error: { status: '$status', more: ',"error":"$fanops_error"' },
  garbage: { status: '502', more: ',"error":"BAD_GATEWAY"' },
  aborted: { status: '499', more: ',"client":"aborted"' },
  left: { status: '499', more: ',"upstreamMs":$fanops_upstream_ms,"client":"aborted"' },
  upgrade: { status: '$status', more: ',"upstreamMs":$fanops_upstream_ms,"upgrade":true' },
};

/** Of each kind there is one with the name of the target that answered, or failed, and one without. */
const all = Object.entries(kinds).flatMap(([kind, parts]) => [
  { kind, ...parts, target: '' },
  { kind: `${kind}_target`, ...parts, target: named },
]);

/** The variables that say of which kind a request is. */
export const logKinds = all
  .map(({ kind }) => `  map $fanops_kind$fanops_named $fanops_is_${kind} { default ""; ${kind} 1; }`)
  .join('\n');

/** The `log_format` lines of the access log. */
export const logFormats = all
  .map(
    ({ kind, status, more, target }) =>
      `  log_format fanops_${kind} escape=json '${head}${target}${middle},"status":${status},${tail}${more}}';`,
  )
  .join('\n');

/** The `access_log` lines of a server. */
export const accessLogs = all
  .map(({ kind }) => `    access_log ../../access.log fanops_${kind} if=$fanops_is_${kind};`)
  .join('\n');
