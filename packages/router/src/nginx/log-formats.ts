const head =
  '{"time":"$fanops_time","service":"$fanops_log_service","placement":"$fanops_log_placement","method":"$request_method","path":"$fanops_path"';
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

/** The `log_format` lines of the access log. */
export const logFormats = Object.entries(kinds)
  .map(
    ([kind, { status, more }]) =>
      `  log_format fanops_${kind} escape=json '${head},"status":${status},${tail}${more}}';`,
  )
  .join('\n');
