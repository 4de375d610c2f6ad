/** How a container names itself in traces. */
export interface Tracing {
  readonly service: string;
  /** What traces can be filtered by. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Reads OpenTelemetry's resource attributes from a container's environment: the service's name, and those attributes
 * that `aws.xray.annotations` lists (a list whose commas are also the separators of attributes). A container that
 * names no service is not traced.
 */
export const tracingOf = (env: Readonly<Record<string, string>>): Tracing | undefined => {
  const attributes = new Map<string, string>();
  let last = '';
  for (const part of (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',')) {
    const at = part.indexOf('=');
    if (at < 0) {
      if (last) attributes.set(last, `${attributes.get(last)},${part}`);
      continue;
    }
    last = part.slice(0, at).trim();
    attributes.set(last, part.slice(at + 1).trim());
  }
  const service = env['OTEL_SERVICE_NAME'] ?? attributes.get('service.name');
  if (!service) return undefined;
  const listed = (attributes.get('aws.xray.annotations') ?? '').split(/[,&]/).filter(Boolean);
  return {
    service,
    annotations: Object.fromEntries(
      listed.flatMap((key) => {
        const value = attributes.get(key);
        return value === undefined ? [] : [[key, value]];
      }),
    ),
  };
};
