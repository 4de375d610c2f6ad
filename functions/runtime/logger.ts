import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type {
  LogAttributes,
  LogLevel,
  UnformattedAttributes,
} from '@aws-lambda-powertools/logger/types';
import type { Context } from 'aws-lambda';
import type { Runtime } from './runtime.ts';

type Facts = Readonly<Record<string, unknown>> | Error;

/** The function's log: one JSON line per fact. */
export interface Log {
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

/** Strings under these names never reach a log line; numbers may (a fencing token is no secret). */
const SECRET = /token|secret|password|authorization|externalid|credential/i;

const withoutSecrets = (key: string, value: unknown): unknown =>
  typeof value === 'string' && SECRET.test(key) ? '(withheld)' : value;

/** Powertools' line with the runtime's time in place of the process's. */
class RuntimeFormatter extends LogFormatter {
  readonly #runtime: Runtime;
  constructor(runtime: Runtime) {
    super();
    this.#runtime = runtime;
  }
  formatAttributes(attributes: UnformattedAttributes, additional: LogAttributes): LogItem {
    const { lambdaContext } = attributes;
    return new LogItem({
      attributes: {
        level: attributes.logLevel,
        message: attributes.message,
        timestamp: new Date(this.#runtime.now()).toISOString(),
        service: attributes.serviceName,
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        xray_trace_id: attributes.xRayTraceId,
      },
    }).addAttributes(additional);
  }
}

const LEVELS: readonly string[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'];

const levelOf = ({ env }: Runtime): LogLevel => {
  const asked = env['POWERTOOLS_LOG_LEVEL']?.toUpperCase() ?? 'INFO';
  return (LEVELS.includes(asked) ? asked : 'INFO') as LogLevel;
};

/** Makes the log of one invocation. */
export const logFor = (runtime: Runtime, context: Context): Log => {
  const logger = new Logger({
    serviceName: 'slipway',
    logLevel: levelOf(runtime),
    logFormatter: new RuntimeFormatter(runtime),
    jsonReplacerFn: withoutSecrets,
  });
  const write = (line: string): void => runtime.write(line);
  // Powertools offers no other way to say where lines go; elsewhere than in Lambda, stdout is somebody else's.
  Object.assign(logger, { console: { debug: write, info: write, warn: write, error: write } });
  logger.addContext(context);
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, facts: Facts = {}): void =>
      facts instanceof Error ? logger[level](message, facts) : logger[level](message, { ...facts });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
