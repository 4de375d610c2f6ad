import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import { cloudwatchlogsModule } from '../../../local/services/cloudwatchlogs/module.ts';
import type { EventBridge } from '../../../local/services/eventbridge/eventbridge-service.ts';
import { eventbridgeModule } from '../../../local/services/eventbridge/module.ts';
import type { Lambda } from '../../../local/services/lambda/lambda-service.ts';
import { lambdaModule } from '../../../local/services/lambda/module.ts';
import { schedulerModule } from '../../../local/services/scheduler/module.ts';
import type {
  CallContext,
  Datum,
  Place,
  Principal,
  ResourceState,
  Service,
  ServiceModule,
} from '../../../local/services/service.ts';
import { sqsModule } from '../../../local/services/sqs/module.ts';
import type { Sqs } from '../../../local/services/sqs/sqs-service.ts';

/** Where the tests' resources are. */
export const HERE: Place = { account: '111111111111', region: 'eu-central-1' };
/** When the tests begin. */
export const START = Date.UTC(2026, 10, 21, 12);
/** The role of the tests' functions. */
export const ROLE = `arn:aws:iam::${HERE.account}:role/worker`;

/** A service made of nothing but its operations. */
export const serviceOf = (
  name: string,
  operations: Service['operations'],
  more: object = {},
): ServiceModule => ({ name, create: () => ({ operations, ...more }), resources: {} });

/** STS, as far as sessions of roles go. */
const tokensModule = (): ServiceModule => {
  const principals = new Map<string, Principal>();
  return serviceOf(
    'sts',
    {
      GetCallerIdentity: (_input, context) => ({
        Account: context.account,
        Arn: context.principal.arn,
      }),
    },
    {
      principalOf: (accessKeyId: string) => principals.get(accessKeyId),
      issue: (roleArn: string, sessionName: string) => {
        const accessKeyId = `ASIA${String(principals.size + 1).padStart(16, '0')}`;
        const account = roleArn.split(':')[4] ?? '';
        const arn = `arn:aws:sts::${account}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`;
        principals.set(accessKeyId, { arn, account, roleArn });
        return { accessKeyId, secretAccessKey: 'secret', sessionToken: 'token' };
      },
    },
  );
};

/** A cloud with the services of compute and events, on a virtual clock, that remembers what was measured. */
export class SmallCloud extends Cloud {
  override readonly clock: VirtualClock;
  readonly measured: Datum[] = [];
  readonly warnings: string[];
  /** Operations that are refused to every caller: `sqs:SendMessage`. */
  readonly denied = new Set<string>();
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'handlers-'));

  constructor(modules: readonly ServiceModule[] = []) {
    const clock = new VirtualClock(START);
    const warnings: string[] = [];
    super({
      clock,
      seed: 1,
      warn: (message) => warnings.push(message),
      modules: [
        cloudwatchlogsModule,
        eventbridgeModule,
        lambdaModule,
        schedulerModule,
        sqsModule,
        tokensModule(),
        ...modules,
      ],
    });
    this.clock = clock;
    this.warnings = warnings;
    onTestFinished(() => rmSync(this.#directory, { recursive: true, force: true }));
  }

  override measure(datum: Datum): void {
    this.measured.push(datum);
  }

  override async call<T>(
    service: string,
    operation: string,
    input: unknown,
    context: CallContext,
  ): Promise<T> {
    if (this.denied.has(`${service}:${operation}`)) {
      throw new AwsError(
        'AccessDeniedException',
        `User: ${context.principal.arn} is not authorized to perform: ${service}:${operation}`,
        { status: 403 },
      );
    }
    return super.call(service, operation, input, context);
  }

  override asset(bucket: string, key: string): string | undefined {
    return bucket === 'assets' ? path.join(this.#directory, key) : undefined;
  }

  get lambda(): Lambda {
    return this.service<Lambda>('lambda', HERE);
  }

  get sqs(): Sqs {
    return this.service<Sqs>('sqs', HERE);
  }

  get events(): EventBridge {
    return this.service<EventBridge>('eventbridge', HERE);
  }

  /** Calls an operation as the account's owner. */
  ask<T = Record<string, never>>(
    service: string,
    operation: string,
    input: object = {},
    place: Place = HERE,
  ): Promise<T> {
    return this.call<T>(service, operation, input, {
      ...place,
      principal: operatorOf(place.account),
    });
  }

  /** Makes a resource as a stack would. */
  async make(type: string, properties: object, logicalId = 'Thing'): Promise<ResourceState> {
    const provider = this.provider(type);
    if (provider === undefined) throw new Error(`no provider of ${type}`);
    return provider.create(properties, this.resourceContext(logicalId));
  }

  resourceContext(logicalId = 'Thing') {
    return {
      ...HERE,
      stackName: 'test',
      stackId: `arn:aws:cloudformation:${HERE.region}:${HERE.account}:stack/test/1`,
      logicalId,
      cloud: this,
      principal: operatorOf(HERE.account),
    };
  }

  /** Writes an asset with one file; its place in S3. */
  publish(text: string, key: string, file = 'index.mjs'): { S3Bucket: string; S3Key: string } {
    const directory = path.join(this.#directory, key);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, file), text);
    return { S3Bucket: 'assets', S3Key: key };
  }

  /** Makes a function from the text of its module. */
  async makeFunction(name: string, text: string, properties: object = {}): Promise<ResourceState> {
    return this.make('AWS::Lambda::Function', {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: this.publish(text, name),
      ...properties,
    });
  }

  async makeQueue(name: string, properties: object = {}) {
    await this.make('AWS::SQS::Queue', { QueueName: name, ...properties });
    return this.sqs.queue(name);
  }
}

/** How handlers of these tests find their runtime. */
export const RUNTIME = "const runtime = () => globalThis[Symbol.for('lambda.runtime')].current();";

/** Awaits a promise while the clock moves up to `milliseconds` ahead. */
export const within = async <T>(
  cloud: SmallCloud,
  promise: Promise<T>,
  milliseconds = 3_600_000,
): Promise<T> => {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  await cloud.clock.run(() => settled, cloud.clock.now() + milliseconds);
  return watched;
};
