import type {
  AnomalyDetector,
  AnomalyDetectorConfiguration,
  DeleteAnomalyDetectorInput,
  DescribeAnomalyDetectorsInput,
  MetricDataQuery,
  PutAnomalyDetectorInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { CloudContext } from '../service.ts';
import { invalidCombination, unsupportedField, validationError } from './cloudwatch-error.ts';
import type { CloudWatchSettings } from './cloudwatch-settings.ts';
import { page } from './page.ts';
import { dimensionsOf } from './query-parts.ts';

const HOUR = 3_600_000;
/** A model is trained on up to two weeks of data. */
const TRAINING_WINDOW_MS = 14 * 24 * HOUR;

/** A metric and statistic, or a list of queries of which one returns the series, that a model is of. */
export interface Modelled {
  readonly single?: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly stat: string;
  };
  readonly math?: readonly MetricDataQuery[];
}

/** What a training came to: the band is `mean ± k · deviation`. */
export interface Model {
  readonly mean: number;
  readonly deviation: number;
}

interface Detector {
  readonly id: string;
  readonly of: Modelled;
  readonly input: PutAnomalyDetectorInput;
  configuration: AnomalyDetectorConfiguration;
  state: 'PENDING_TRAINING' | 'TRAINED_INSUFFICIENT_DATA' | 'TRAINED';
  model: Model | undefined;
  /** The clock's hour in which it was last trained. */
  hour: number;
}

const keyOf = ({ single, math }: Modelled): string =>
  JSON.stringify(
    single
      ? [
          single.namespace,
          single.name,
          single.stat,
          ...Object.entries(single.dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
        ]
      : math?.map(({ Id, Expression, MetricStat }) => [Id, Expression, MetricStat]),
  );

/**
 * The anomaly detectors of one place. A model here is the mean of a series and its standard deviation over up to two weeks; it
 * is trained when enough of the series is known, and again once an hour. CloudWatch's own knows the hours and days of a week.
 */
export class AnomalyDetectors {
  readonly #detectors = new Map<string, Detector>();
  readonly #cloud: CloudContext;
  readonly #settings: CloudWatchSettings;

  constructor(cloud: CloudContext, settings: CloudWatchSettings) {
    this.#cloud = cloud;
    this.#settings = settings;
  }

  /** PutAnomalyDetector; a detector that is there already keeps its model. */
  put(input: PutAnomalyDetectorInput): { AnomalyDetectorId: string } {
    if (input.MetricCharacteristics) {
      throw unsupportedField('PutAnomalyDetector', 'MetricCharacteristics');
    }
    const detector = this.ensure(modelledIn(input), input);
    detector.configuration = input.Configuration ?? {};
    return { AnomalyDetectorId: detector.id };
  }

  /** The detector of a series; an alarm on a band makes it when there is none. */
  ensure(of: Modelled, input: PutAnomalyDetectorInput): Detector {
    const key = keyOf(of);
    const known = this.#detectors.get(key);
    if (known) return known;
    const detector: Detector = {
      id: this.#cloud.uuid(),
      of,
      input,
      configuration: input.Configuration ?? {},
      state: 'PENDING_TRAINING',
      model: undefined,
      hour: Number.NaN,
    };
    this.#detectors.set(key, detector);
    return detector;
  }

  /** DeleteAnomalyDetector. */
  remove(input: DeleteAnomalyDetectorInput): void {
    const key = input.AnomalyDetectorId
      ? [...this.#detectors].find(([, { id }]) => id === input.AnomalyDetectorId)?.[0]
      : keyOf(modelledIn(input));
    if (key === undefined || !this.#detectors.delete(key)) {
      throw new AwsError('ResourceNotFoundException', 'The anomaly detector does not exist.', {
        status: 404,
      });
    }
  }

  /** DescribeAnomalyDetectors. */
  describe(input: DescribeAnomalyDetectorsInput) {
    const types = input.AnomalyDetectorTypes?.length
      ? input.AnomalyDetectorTypes
      : ['SINGLE_METRIC'];
    const wanted = Object.entries(dimensionsOf(input.Dimensions));
    const found = [...this.#detectors.values()].filter(({ id, of: { single, math } }) => {
      if (input.AnomalyDetectorIds) return input.AnomalyDetectorIds.includes(id);
      if (math) return types.includes('METRIC_MATH') && input.MetricName === undefined;
      return (
        types.includes('SINGLE_METRIC') &&
        (input.Namespace ?? single?.namespace) === single?.namespace &&
        (input.MetricName ?? single?.name) === single?.name &&
        wanted.every(([name, value]) => single?.dimensions[name] === value)
      );
    });
    const { items, NextToken } = page(found, input.MaxResults ?? 100, input.NextToken);
    return {
      AnomalyDetectors: items.map(viewOf),
      ...(NextToken === undefined ? {} : { NextToken }),
    };
  }

  /**
   * The model of a series, trained first where that is due. `history` answers its values over a time range; `undefined`: there is
   * no detector, or not yet enough to train it on.
   */
  model(
    of: Modelled,
    now: number,
    history: (range: { from: number; to: number }) => ReadonlyMap<number, number>,
  ): Model | undefined {
    const detector = this.#detectors.get(keyOf(of));
    if (!detector) return undefined;
    const hour = Math.floor(now / HOUR);
    if (detector.model && detector.hour === hour) return detector.model;
    const excluded = detector.configuration.ExcludedTimeRanges ?? [];
    const points = [...history({ from: now - TRAINING_WINDOW_MS, to: now })].filter(
      ([time]) =>
        !excluded.some(
          ({ StartTime, EndTime }) =>
            time >= (StartTime?.getTime() ?? 0) && time < (EndTime?.getTime() ?? 0),
        ),
    );
    const [first] = points[0] ?? [now];
    if (now - first < this.#settings.anomalyTrainingMs) {
      detector.state = points.length === 0 ? 'PENDING_TRAINING' : 'TRAINED_INSUFFICIENT_DATA';
      return detector.model;
    }
    const mean = points.reduce((sum, [, value]) => sum + value, 0) / points.length;
    const variance =
      points.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0) / points.length;
    detector.model = { mean, deviation: Math.sqrt(variance) };
    detector.state = 'TRAINED';
    detector.hour = hour;
    return detector.model;
  }
}

const modelledIn = (input: PutAnomalyDetectorInput | DeleteAnomalyDetectorInput): Modelled => {
  const { MetricMathAnomalyDetector: math, SingleMetricAnomalyDetector: single } = input;
  const plain = input.MetricName !== undefined;
  if ([math, single, plain || undefined].filter((given) => given !== undefined).length !== 1) {
    throw invalidCombination(
      'Exactly one of SingleMetricAnomalyDetector, MetricMathAnomalyDetector and MetricName must be given.',
    );
  }
  if (math) return { math: math.MetricDataQueries ?? [] };
  if (single?.AccountId) throw unsupportedField('PutAnomalyDetector', 'AccountId');
  const { Namespace, MetricName, Stat, Dimensions } = single ?? input;
  if (!Namespace || !MetricName || !Stat) {
    throw validationError('Namespace, MetricName and Stat must be given.');
  }
  return {
    single: {
      namespace: Namespace,
      name: MetricName,
      stat: Stat,
      dimensions: dimensionsOf(Dimensions),
    },
  };
};

const viewOf = ({ id, of: { single, math }, configuration, state }: Detector): AnomalyDetector => {
  const common = { AnomalyDetectorId: id, Configuration: configuration, StateValue: state };
  if (math) {
    return { ...common, MetricMathAnomalyDetector: { MetricDataQueries: [...math] } };
  }
  const metric = {
    Namespace: single?.namespace,
    MetricName: single?.name,
    Dimensions: Object.entries(single?.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    Stat: single?.stat,
  };
  return { ...common, ...metric, SingleMetricAnomalyDetector: metric };
};
