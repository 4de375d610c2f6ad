import { Duration } from '../../config/duration.ts';
import { ConfigurationSchema } from '../../config/schema.ts';
import { MEANINGS } from './configuration-meanings.ts';

/** The page of every key, its default and what it means. */
export const PAGE = 'docs/configuration.md';

/** One key of the configuration. */
export interface Key {
  /** `services.<name>.repository` */
  readonly path: string;
  readonly value: string;
  readonly fallback: string;
}

interface Inside {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly def?: {
    readonly type?: string;
    readonly innerType?: unknown;
    readonly in?: unknown;
    readonly options?: readonly unknown[];
    readonly valueType?: unknown;
    readonly element?: unknown;
    readonly entries?: Readonly<Record<string, string>>;
    readonly values?: readonly unknown[];
    readonly defaultValue?: unknown;
  };
  readonly minValue?: number | null;
  readonly maxValue?: number | null;
}

const WRAPS: ReadonlySet<string | undefined> = new Set(['default', 'optional', 'pipe']);

/** Every key of the schema, parents before their children. */
export const keysOf = (): Key[] => below(ConfigurationSchema, '', undefined);

/** `whole`: what holds where the parent is left out altogether. */
const below = (schema: unknown, path: string, whole: unknown): Key[] => {
  const { inner, fallback } = unwrapped(schema);
  const own = typeof fallback === 'object' ? fallback.value : whole;
  const { shape, def } = inner;
  if (shape !== undefined) {
    return Object.entries(shape).flatMap(([name, child]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const value = (own as Record<string, unknown> | undefined)?.[name];
      return [keyOf(at, child, value), ...below(child, at, value)];
    });
  }
  if (def?.type === 'record')
    return isObject(def.valueType) ? below(def.valueType, `${path}.<name>`, undefined) : [];
  if (def?.type === 'array') return below(def.element, `${path}[]`, undefined);
  const seen = new Map(
    (def?.options ?? [])
      .flatMap((option) => below(option, path, own))
      .map((key) => [key.path, key]),
  );
  return [...seen.values()];
};

const isObject = (schema: unknown): boolean => unwrapped(schema).inner.shape !== undefined;

const keyOf = (path: string, schema: unknown, whole: unknown): Key => {
  const { fallback, isDuration } = unwrapped(schema);
  const holds = typeof fallback === 'string' && whole !== undefined ? { value: whole } : fallback;
  return { path, value: kindOf(schema), fallback: shown(holds, isDuration) };
};

interface Unwrapped {
  readonly inner: Inside;
  readonly fallback: 'required' | 'optional' | { readonly value: unknown };
  readonly isDuration: boolean;
}

const unwrapped = (schema: unknown): Unwrapped => {
  let inner = schema as Inside;
  let fallback: Unwrapped['fallback'] = 'required';
  let isDuration = false;
  for (;;) {
    isDuration ||= schemaIs(inner, Duration);
    if (!WRAPS.has(inner.def?.type)) return { inner, fallback, isDuration };
    if (fallback === 'required' && inner.def?.type === 'default')
      fallback = { value: inner.def.defaultValue };
    if (fallback === 'required' && inner.def?.type === 'optional') fallback = 'optional';
    inner = (inner.def?.innerType ?? inner.def?.in) as Inside;
  }
};

/** A refined duration is a copy of it that begins with the same schema. */
const schemaIs = ({ def }: Inside, other: { readonly def: unknown }): boolean =>
  def?.type === 'pipe' && def.in === (other.def as { readonly in: unknown }).in;

const seconds = (value: number): string => {
  if (value !== 0 && value % 3600 === 0) return `${value / 3600}h`;
  return value !== 0 && value % 60 === 0 ? `${value / 60}m` : `${value}s`;
};

const shown = (fallback: Unwrapped['fallback'], isDuration: boolean): string => {
  if (fallback === 'required') return 'required';
  if (fallback === 'optional') return '—';
  const { value } = fallback;
  if (isDuration && typeof value === 'number') return `\`'${seconds(value)}'\``;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.keys(value).length === 0 ? '`{}`' : 'as below';
  }
  return `\`${JSON.stringify(value)}\``;
};

const kindOf = (schema: unknown): string => {
  const { inner, isDuration } = unwrapped(schema);
  if (isDuration) return 'duration';
  const { def, minValue, maxValue } = inner;
  switch (def?.type) {
    case 'enum':
      return Object.values(def.entries ?? {})
        .map((value) => `\`${value}\``)
        .join(', ');
    case 'literal':
      return (def.values ?? []).map((value) => `\`${value}\``).join(', ');
    case 'number':
      return `number${bounds(minValue, maxValue)}`;
    case 'array':
      return `list of ${kindOf(def.element)}`;
    case 'record':
      return isObject(def.valueType) ? 'by name' : `${kindOf(def.valueType)} by name`;
    case 'union':
      return [...new Set((def.options ?? []).map(kindOf))].join(', or ');
    case 'object':
      return 'object';
    default:
      return def?.type === 'string' ? 'text' : (def?.type ?? 'text');
  }
};

const bounds = (least: number | null | undefined, most: number | null | undefined): string => {
  const from = Number.isFinite(least) && Math.abs(least ?? 0) < 1e9 ? least : null;
  const to = Number.isFinite(most) && Math.abs(most ?? 0) < 1e9 ? most : null;
  if (from != null && to != null) return ` ${from} to ${to}`;
  if (from != null) return ` from ${from}`;
  return to != null ? ` to ${to}` : '';
};

/** The whole page. */
export const configurationPage = (): string => {
  const rows = keysOf().map(({ path, value, fallback }) =>
    row([`\`${path}\``, value, fallback, MEANINGS[path] ?? '']),
  );
  return `# Configuration

Every key of \`slipway.config.ts\`, from the schema in \`config/schema.ts\` (written by \`npm run configuration\`; a test holds this page to it).
\`npx slipway validate\` checks a configuration and says what it warns of. A duration is text such as \`'90s'\`, \`'5m'\` or \`'2h'\`.
A default is what holds where the key, or all of what it belongs to, is left out; — is nothing.
[The sample](../examples/shop/slipway.config.ts) is a whole one. What several keys do together is said in [strategies.md](strategies.md),
[judge.md](judge.md), [signals.md](signals.md), [guard.md](guard.md) and [manifests.md](manifests.md).

${row(['key', 'value', 'default', 'what it means'])}
|---|---|---|---|
${rows.join('\n')}
`;
};

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
