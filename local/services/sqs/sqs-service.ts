import { AwsError } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';
import type { NewMessage, StoredMessage } from './message.ts';
import { sqsOperations } from './operations.ts';
import { Queue } from './queue.ts';
import { QueueMetrics } from './queue-metrics.ts';

/** What neighbours use of SQS. */
export interface SqsService extends Service {
  /** Sends from inside AWS, unchecked by IAM. `queue` is an ARN, a URL, or a name of this place. */
  send(queue: string, body: string, message?: Omit<NewMessage, 'body'>): StoredMessage;
  /** The queue of an ARN, a URL or a name; one of another place is found there. */
  queue(arnOrUrlOrName: string | undefined): Queue;
  find(arnOrUrlOrName: string): Queue | undefined;
  queues(): readonly Queue[];
  create(name: string): Queue;
  remove(queue: Queue): void;
  /** The resource policy of a queue, as JSON. */
  policyOf(queueArn: string): string | undefined;
}

const nonExistent = (): AwsError =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');

/** Takes apart what names a queue. */
const placeAndName = (reference: string, here: Place): Place & { name: string } => {
  const arn = /^arn:aws[\w-]*:sqs:([^:]*):([^:]*):(.+)$/.exec(reference);
  if (arn) return { region: arn[1] ?? '', account: arn[2] ?? '', name: arn[3] ?? '' };
  // Through a local door the host says no Region: the caller's it is.
  const url = /^https?:\/\/(?:sqs\.([a-z0-9-]+)\.)?[^/]*\/(\d{12})\/([^/]+)$/.exec(reference);
  if (url) return { region: url[1] ?? here.region, account: url[2] ?? '', name: url[3] ?? '' };
  return { ...here, name: reference };
};

/** SQS of one account and Region. */
export class Sqs implements SqsService {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #queues = new Map<string, Queue>();
  readonly #metrics: QueueMetrics;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = { account: place.account, region: place.region };
    this.#metrics = new QueueMetrics(cloud, this.#place);
    this.operations = sqsOperations(this, cloud);
  }

  send(queue: string, body: string, message: Omit<NewMessage, 'body'> = {}): StoredMessage {
    return this.queue(queue).send({ ...message, body });
  }

  find(reference: string): Queue | undefined {
    const { name, ...place } = placeAndName(reference, this.#place);
    if (place.account === this.#place.account && place.region === this.#place.region) {
      return this.#queues.get(name);
    }
    return this.#cloud.service<SqsService>('sqs', place).find(name);
  }

  queue(reference: string | undefined): Queue {
    const queue = reference === undefined ? undefined : this.find(reference);
    if (queue === undefined) throw nonExistent();
    return queue;
  }

  queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  create(name: string): Queue {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name.replace(/\.fifo$/, '')) || name.length > 80) {
      throw new AwsError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    const queue = new Queue(this.#cloud, this.#place, name, {
      deadLetterQueue: (arn) => this.find(arn),
      onActivity: (active) => this.#metrics.follow(active),
    });
    this.#queues.set(name, queue);
    return queue;
  }

  remove(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#metrics.forget(queue);
  }

  policyOf(queueArn: string): string | undefined {
    return this.find(queueArn)?.attributes['Policy'];
  }
}
