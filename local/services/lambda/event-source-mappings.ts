import { notImplemented } from '../aws-error.ts';
import type { Place } from '../service.ts';
import type { SqsService } from '../sqs/sqs-service.ts';
import { functionArn, functionReference } from './function-reference.ts';
import type { FunctionStore } from './function-store.ts';
import type { Invoker } from './invoker.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { invalidParameter, resourceConflict, resourceNotFound } from './lambda-errors.ts';
import type { RoleSessions } from './role-sessions.ts';
import { SqsPoller } from './sqs-poller.ts';

/** An event source mapping's settings, by the names that the API and CloudFormation share. */
export interface MappingInput {
  readonly EventSourceArn?: string | undefined;
  readonly FunctionName?: string | undefined;
  readonly Enabled?: boolean | string | undefined;
  readonly BatchSize?: number | undefined;
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  readonly FunctionResponseTypes?: readonly string[] | undefined;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | undefined } | undefined;
  readonly FilterCriteria?:
    | { readonly Filters?: readonly { readonly Pattern?: string | undefined }[] | undefined }
    | undefined;
}

/** An event source mapping. */
export interface Mapping {
  readonly uuid: string;
  input: MappingInput;
  poller: SqsPoller | undefined;
  lastModified: number;
}

/** Lambda starts no more pollers than this for a queue that sets no limit. */
const MAXIMUM_CONCURRENCY = 1_250;

const isEnabled = (input: MappingInput): boolean => String(input.Enabled ?? true) === 'true';

/** The event source mappings of one account and Region: who polls what for whom. */
export class EventSourceMappings {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #parts: { store: FunctionStore; invoker: Invoker; sessions: RoleSessions };
  readonly #mappings = new Map<string, Mapping>();

  constructor(
    cloud: LambdaCloud,
    place: Place,
    parts: { store: FunctionStore; invoker: Invoker; sessions: RoleSessions },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#parts = parts;
  }

  all(): readonly Mapping[] {
    return [...this.#mappings.values()];
  }

  get(uuid: string | undefined): Mapping {
    const mapping = this.#mappings.get(uuid ?? '');
    if (mapping === undefined) throw resourceNotFound('The resource you requested does not exist.');
    return mapping;
  }

  create(input: MappingInput): Mapping {
    const twin = this.all().find(
      (one) =>
        one.input.EventSourceArn === input.EventSourceArn &&
        this.arnOf(one.input) === this.arnOf(input),
    );
    if (twin !== undefined) {
      throw resourceConflict(
        `An event source mapping with event source arn (" ${input.EventSourceArn} ") and function (" ${this.arnOf(input)} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
      );
    }
    this.#check(input);
    const mapping: Mapping = {
      uuid: this.#cloud.uuid(),
      input,
      poller: undefined,
      lastModified: this.#cloud.clock.now(),
    };
    this.#mappings.set(mapping.uuid, mapping);
    this.#start(mapping);
    return mapping;
  }

  update(mapping: Mapping, change: MappingInput): void {
    const input = { ...mapping.input, ...change };
    this.#check(input);
    mapping.poller?.stop();
    mapping.input = input;
    mapping.lastModified = this.#cloud.clock.now();
    this.#start(mapping);
  }

  remove(mapping: Mapping): void {
    mapping.poller?.stop();
    mapping.poller = undefined;
    this.#mappings.delete(mapping.uuid);
  }

  /** The ARN of the function that a mapping invokes. */
  arnOf(input: MappingInput): string {
    const { name, qualifier } = functionReference(input.FunctionName, this.#place);
    return functionArn(this.#place, name, qualifier);
  }

  /** A mapping as the API tells it. */
  describe({ uuid, input, poller, lastModified }: Mapping) {
    return {
      UUID: uuid,
      EventSourceMappingArn: `arn:aws:lambda:${this.#place.region}:${this.#place.account}:event-source-mapping:${uuid}`,
      EventSourceArn: input.EventSourceArn,
      FunctionArn: this.arnOf(input),
      BatchSize: Number(input.BatchSize ?? 10),
      MaximumBatchingWindowInSeconds: Number(input.MaximumBatchingWindowInSeconds ?? 0),
      FunctionResponseTypes: input.FunctionResponseTypes ?? [],
      ScalingConfig: input.ScalingConfig,
      FilterCriteria: input.FilterCriteria,
      State: isEnabled(input) ? 'Enabled' : 'Disabled',
      StateTransitionReason: 'USER_INITIATED',
      LastProcessingResult: poller?.lastResult,
      LastModified: new Date(lastModified),
    };
  }

  #start(mapping: Mapping): void {
    const { input } = mapping;
    mapping.poller = undefined;
    if (!isEnabled(input)) return;
    mapping.poller = new SqsPoller(this.#cloud, this.#place, this.#parts, {
      queueArn: input.EventSourceArn ?? '',
      functionName: input.FunctionName ?? '',
      batchSize: Number(input.BatchSize ?? 10),
      batchingWindowSeconds: Number(input.MaximumBatchingWindowInSeconds ?? 0),
      reportBatchItemFailures:
        input.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      maximumConcurrency: Number(input.ScalingConfig?.MaximumConcurrency ?? MAXIMUM_CONCURRENCY),
      filters: (input.FilterCriteria?.Filters ?? []).map(({ Pattern }) => Pattern ?? ''),
    });
  }

  #check(input: MappingInput): void {
    const source = input.EventSourceArn ?? '';
    if (source.split(':')[2] !== 'sqs') {
      throw notImplemented('lambda', `an event source mapping of ${source}`);
    }
    const reference = functionReference(input.FunctionName, this.#place);
    const record = this.#parts.store.get(reference.name, reference.qualifier);
    const queue = this.#cloud.service<SqsService>('sqs', this.#place).find(source);
    if (queue === undefined) {
      throw invalidParameter(
        'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
      );
    }
    const { visibilityTimeout } = queue.settings;
    const { timeout } = this.#parts.invoker.resolve(record, reference.qualifier).settings;
    if (visibilityTimeout < timeout) {
      throw invalidParameter(
        `Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${timeout} seconds`,
      );
    }
    const batchSize = Number(input.BatchSize ?? 10);
    const window = Number(input.MaximumBatchingWindowInSeconds ?? 0);
    if (batchSize > 10 && window < 1) {
      throw invalidParameter(
        'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
      );
    }
    if (batchSize < 1 || batchSize > (queue.isFifo ? 10 : 10_000)) {
      throw invalidParameter(`Invalid batch size ${batchSize} for the event source ${source}`);
    }
    const concurrency = input.ScalingConfig?.MaximumConcurrency;
    if (concurrency !== undefined && !(concurrency >= 2 && concurrency <= 1_000)) {
      throw invalidParameter(
        `1 validation error detected: Value '${concurrency}' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value between 2 and 1000`,
      );
    }
  }
}
