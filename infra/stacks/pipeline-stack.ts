import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type MachineNoun, machineArn, names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import { GuardWatch } from '../constructs/guard-watch.ts';
import { Handler } from '../constructs/handler.ts';
import { deadLetterQueue, Intake } from '../constructs/intake.ts';
import { ledgerAccess } from '../constructs/ledger-access.ts';
import { Machine } from '../constructs/machine.ts';
import { pipelineReach, pipelineSteps } from '../constructs/pipeline-steps.ts';
import { QuarantineLift } from '../constructs/quarantine-lift.ts';
import { rollbackDoors } from '../constructs/rollback-doors.ts';
import { SelfWatch } from '../constructs/self-watch.ts';
import { STEPS_ON_TARGETS, type Step } from '../constructs/step-table.ts';
import type { LedgerStack } from './ledger-stack.ts';

export interface PipelineStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly ledger: LedgerStack;
  readonly place: { readonly account: string; readonly region: string };
}

/**
 * The pipeline: events in, the machines, their handlers, Slipway's bus, and the alarms that watch Slipway itself.
 * Holds no state; knows no service by name but for what it may read.
 */
export class PipelineStack extends Stack {
  private readonly props: PipelineStackProps;
  private readonly variables: Record<string, string>;
  /** By its ARN, so that nothing here edits the policy of a stateful stack. */
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    this.props = props;
    const { place } = props;
    this.key = Key.fromKeyArn(this, 'Key', props.ledger.key.keyArn);
    this.variables = {
      LEDGER_TABLE: names.ledgerTable,
      LOCKS_TABLE: names.locksTable,
      RELEASE_MACHINE_ARN: machineArn(place, 'release'),
      ROLLOUT_MACHINE_ARN: machineArn(place, 'rollout'),
      ROLLBACK_MACHINE_ARN: machineArn(place, 'rollback'),
      BUS_NAME: names.bus,
    };
    const steps = pipelineSteps(place, props.configuration, props.ledger);
    const handlers = this.stepHandlers(steps);
    const machines = this.machines(steps, handlers);
    const requestRollback = requireHandler(handlers, 'RequestRollback');
    const bus = this.bus();
    const { queue, deadLetters } = new Intake(this, 'Doors', {
      ...props,
      key: this.key,
      environment: this.variables,
    });
    const reconcile = this.reconciler();
    // Where events go that no function could take.
    const undelivered = deadLetterQueue(this, 'Undelivered', 'slipway-undelivered', this.key);
    rollbackDoors(this, { machines, requestRollback, reconcile, bus, undelivered });
    this.registrar();
    new QuarantineLift(this, 'Quarantine', { ...props, environment: this.variables });
    this.warmKeeper();
    const guard = new GuardWatch(this, 'Guard', {
      ...props,
      key: this.key,
      environment: this.variables,
      bus,
      undelivered,
    });
    const { pages } = new SelfWatch(this, 'SelfWatch', {
      machines,
      intake: queue,
      deadLetters: [deadLetters, undelivered, guard.deadLetters],
      key: this.key,
    });
    guard.pagesTo(pages);
  }

  private stepHandlers(steps: readonly Step[]): Map<string, Handler> {
    const { region } = this.props.place;
    return new Map(
      steps.map((row) => {
        const name = row.entry.split('/')[1] ?? row.entry;
        const handler = new Handler(this, row.step, {
          entry: row.entry,
          functionName: names.handler(name),
          description: row.description,
          environment: this.variables,
          statements: row.statements,
          ...(STEPS_ON_TARGETS.includes(name) ? { roleName: names.role(region, name) } : {}),
          ...(row.timeoutSeconds === undefined ? {} : { timeoutSeconds: row.timeoutSeconds }),
        });
        return [row.step, handler] as const;
      }),
    );
  }

  private machines(
    steps: readonly Step[],
    handlers: Map<string, Handler>,
  ): Record<MachineNoun, Machine> {
    const { configuration, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const of = (noun: MachineNoun): Record<string, Handler> =>
      Object.fromEntries(
        steps
          .filter((row) => row.machines.includes(noun))
          .map((row) => [row.step, requireHandler(handlers, row.step)]),
      );
    const roleName = (noun: MachineNoun): string => names.role(place.region, `machine-${noun}`);
    return {
      release: new Machine(this, 'Release', {
        noun: 'release',
        handlers: of('release'),
        machines: { RolloutMachine: machineArn(place, 'rollout') },
        roleName: roleName('release'),
        statements: reach.runRollouts,
      }),
      rollout: new Machine(this, 'Rollout', {
        noun: 'rollout',
        handlers: of('rollout'),
        // A long one goes on in an execution of the same machine.
        machines: { RolloutMachine: machineArn(place, 'rollout') },
        settings: { TicksMax: String(TICKS_MAX) },
        roleName: roleName('rollout'),
        statements: [reach.invokeOnTargets, ...reach.runRollouts],
      }),
      rollback: new Machine(this, 'Rollback', {
        noun: 'rollback',
        handlers: of('rollback'),
        roleName: roleName('rollback'),
        statements: [reach.invokeOnTargets],
      }),
    };
  }

  /** Slipway's own bus; the targets' accounts may put onto it, nobody else. */
  private bus(): EventBus {
    const bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus,
      description: 'What Slipway tells and is told',
    });
    for (const account of this.targetAccounts()) {
      bus.addToResourcePolicy(
        new PolicyStatement({
          sid: `Targets${account}`,
          principals: [new AccountPrincipal(account)],
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          conditions: { StringEquals: { 'events:source': 'slipway.alarm-fast-path' } },
        }),
      );
    }
    return bus;
  }

  private reconciler(): Handler {
    const { configuration, ledger, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const access = ledgerAccess(ledger);
    const reconcile = new Handler(this, 'Reconcile', {
      entry: 'release/reconcile',
      functionName: names.handler('reconcile'),
      description: 'Finds what no event told of, and frees what the dead hold',
      environment: this.variables,
      timeoutSeconds: 300,
      reservedConcurrency: 1,
      statements: [
        ...access.write,
        ...access.locks,
        ...access.allLocks,
        reach.readImages,
        reach.readBuilds,
        reach.readReports,
        reach.startReleases,
        reach.startRollback,
        reach.readExecutions,
        reach.tell,
      ],
    });
    new Rule(this, 'Sweep', {
      ruleName: 'slipway-sweep',
      description: 'Events are best effort; the sweep is not',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new LambdaFunction(reconcile.function, {
          event: RuleTargetInput.fromObject({ sweep: true }),
        }),
      ],
    });
    return reconcile;
  }

  /** A guard keeps last good warm for as long as it lasts. */
  private warmKeeper(): void {
    const { configuration, ledger, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const access = ledgerAccess(ledger);
    const name = 'keep-warm';
    const keepWarm = new Handler(this, 'KeepWarm', {
      entry: `rollout/${name}`,
      functionName: names.handler(name),
      roleName: names.role(place.region, name),
      description: 'Keeps what a guard may go back to in step with live',
      environment: this.variables,
      timeoutSeconds: 280,
      reservedConcurrency: 1,
      statements: [
        ...access.read,
        ...access.closeGuards,
        ...access.readLocks,
        reach.takeTargets,
        reach.invokeOnTargets,
      ],
    });
    new Rule(this, 'Warm', {
      ruleName: 'slipway-keep-warm',
      description: 'Replicas change with the load, a warm color follows',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [
        new LambdaFunction(keepWarm.function, {
          event: RuleTargetInput.fromObject({ warm: true }),
        }),
      ],
    });
  }

  /** What the stacks of targets and services take on to register themselves, and to take a lock while they change a route. */
  private registrar(): void {
    const { configuration, ledger, place } = this.props;
    const access = ledgerAccess(ledger);
    for (const account of new Set([place.account, ...this.targetAccounts()])) {
      const role = new Role(this, `Registrar${account}`, {
        roleName: names.role(place.region, `${names.registrar}-${account}`),
        description: `Registration of the targets in ${account}`,
        assumedBy: new AccountPrincipal(account).withConditions({
          StringEquals: { 'sts:ExternalId': names.externalId(configuration.pipeline.account) },
          ArnLike: {
            'aws:PrincipalArn': [
              `arn:aws:iam::${account}:role/slipway-*-own-route`,
              `arn:aws:iam::${account}:role/slipway-*-register`,
            ],
          },
        }),
      });
      for (const statement of [...access.register, ...access.locks]) role.addToPolicy(statement);
    }
  }

  private targetAccounts(): string[] {
    return [
      ...new Set(
        Object.values(this.props.configuration.environments).map(({ account }) => account),
      ),
    ];
  }
}

/**
 * Tries of ticks in one execution of a rollout, nine events each at most: with what comes before them its history stays below 3,300
 * events, and below 10,000 with a rollback that it waits two hours for; AWS ends an execution at 25,000.
 */
const TICKS_MAX = 350;

const requireHandler = (handlers: Map<string, Handler>, step: string): Handler => {
  const handler = handlers.get(step);
  if (handler === undefined)
    throw new Error(`no handler for the step ${step}: add it to pipeline-steps.ts`);
  return handler;
};
