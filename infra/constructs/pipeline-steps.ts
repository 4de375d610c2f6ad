import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { machineArn, names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import type { LedgerStack } from '../stacks/ledger-stack.ts';
import { ledgerAccess } from './ledger-access.ts';
import type { Step } from './step-table.ts';

export interface PipelinePlace {
  readonly account: string;
  readonly region: string;
}

/** Every pipeline handler that a machine names, with the least it needs. */
export const pipelineSteps = (
  at: PipelinePlace,
  configuration: Configuration,
  stack: LedgerStack,
): Step[] => {
  const ledger = ledgerAccess(stack);
  const reach = pipelineReach(at, configuration);
  return [
    {
      step: 'AcceptRelease',
      entry: 'release/accept-release',
      description: 'Looks up what a release was asked for, and plans its way',
      statements: [
        ...ledger.write,
        reach.readImages,
        reach.readBuilds,
        reach.readReports,
        reach.readExecutions,
      ],
      machines: ['release'],
    },
    {
      step: 'ResolveImage',
      entry: 'gate/resolve-image',
      description: 'Resolves an index to the images that can be deployed',
      statements: [...ledger.write, reach.readImages, reach.readLabels],
      machines: ['release'],
    },
    {
      step: 'CheckScan',
      entry: 'gate/check-scan',
      description: 'Asks what the scan of every deployable image found',
      statements: [...ledger.write, reach.readImages, reach.readFindings],
      machines: ['release'],
    },
    {
      step: 'EnterEnvironment',
      entry: 'release/enter-environment',
      description: 'Takes an environment for one release at a time, and judges the scan again',
      statements: [
        ...ledger.write,
        ...ledger.locks,
        reach.readImages,
        reach.readFindings,
        reach.readExecutions,
      ],
      machines: ['release'],
    },
    {
      step: 'ConcludeRelease',
      entry: 'release/conclude-release',
      description: 'Records how a release ended, frees what it held, tells',
      statements: [...ledger.write, ...ledger.locks, reach.tell],
      machines: ['release'],
    },
    {
      step: 'RequestRollback',
      entry: 'rollback/request-rollback',
      description: 'Starts the one rollback of a rollout, or says where it stands',
      statements: [...ledger.write, reach.startRollback, reach.readExecutions],
      machines: ['release', 'rollout'],
    },
    {
      step: 'AcquireLock',
      entry: 'rollout/acquire-lock',
      description: 'Takes the lock of a target',
      statements: [...ledger.write, ...ledger.locks, reach.readExecutions],
      machines: ['rollout'],
    },
    {
      step: 'Preflight',
      entry: 'rollout/preflight',
      description: 'Asks whether a target is fit for a rollout, and plans it',
      statements: [...ledger.write, ...ledger.closeGuards, ...ledger.locks, reach.takeTargets],
      machines: ['rollout'],
    },
    {
      step: 'RefuseRollout',
      entry: 'rollout/refuse-rollout',
      description: 'Records why a rollout was not begun',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.tell],
      machines: ['rollout'],
    },
    {
      step: 'CheckCapacity',
      entry: 'rollout/check-capacity',
      description: 'Counts the healthy targets of the candidate and opens the test route to it',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollout'],
    },
    {
      step: 'PublishPointer',
      entry: 'rollout/publish-pointer',
      description: 'Publishes the release as a version of the pointer function',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollout'],
      timeoutSeconds: 110,
    },
    {
      step: 'PlaceFirst',
      entry: 'rollout/place-first',
      description: 'Gives a target its first release',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollout'],
    },
    {
      step: 'CreateDeployment',
      entry: 'rollout/create-deployment',
      description: 'Starts the CodeDeploy deployment that shifts the pointer, once',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollout'],
    },
    {
      step: 'Tick',
      entry: 'rollout/tick',
      description: 'Mirrors the pointer onto the load balancer, reads back, judges',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.tell],
      machines: ['rollout'],
    },
    {
      step: 'ConcludeRollout',
      entry: 'rollout/conclude-rollout',
      description: 'Verifies and records a finished rollout',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.tell],
      machines: ['rollout'],
    },
    {
      step: 'ClaimRollback',
      entry: 'rollback/claim-rollback',
      description: 'Takes a target over for its rollback',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.readExecutions],
      machines: ['rollback'],
    },
    {
      step: 'OverrideTraffic',
      entry: 'rollback/override-traffic',
      description: 'Sends traffic to last good by the override rule',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollback'],
    },
    {
      step: 'StopDeployment',
      entry: 'rollback/stop-deployment',
      description: 'Stops the CodeDeploy deployment of a rollout',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollback'],
    },
    {
      step: 'PublishEarlier',
      entry: 'rollback/publish-earlier',
      description: 'Finds or publishes the pointer version of a release that a person named',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollback'],
      timeoutSeconds: 110,
    },
    {
      step: 'AbandonRollback',
      entry: 'rollback/abandon-rollback',
      description: 'Leaves live as it is when the release that was named does not get ready',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.tell],
      machines: ['rollback'],
    },
    {
      step: 'RestoreStable',
      entry: 'rollback/restore-stable',
      description: 'Puts pointer and weighted rule back to last good',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollback'],
    },
    {
      step: 'QuiesceRollout',
      entry: 'rollback/quiesce-rollout',
      description: 'Ends the execution of a rollout that is being rolled back',
      statements: [...ledger.write, ...ledger.locks, reach.readExecutions, reach.stopRollouts],
      machines: ['rollback'],
    },
    {
      step: 'LiftOverride',
      entry: 'rollback/lift-override',
      description: 'Takes the override off when nothing can write any more',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets],
      machines: ['rollback'],
    },
    {
      step: 'ConcludeRollback',
      entry: 'rollback/conclude-rollback',
      description: 'Quarantines, records and tells of a rollback',
      statements: [
        ...ledger.write,
        ...ledger.closeGuards,
        ...ledger.locks,
        reach.takeTargets,
        reach.tell,
      ],
      machines: ['rollback'],
    },
    {
      step: 'RecordStuck',
      entry: 'rollback/record-stuck',
      description: 'Records a rollback that failed, and calls a person',
      statements: [...ledger.write, ...ledger.locks, reach.takeTargets, reach.tell],
      machines: ['rollback'],
    },
  ];
};

/** The statements beyond the ledger, each as narrow as AWS offers. */
export const pipelineReach = (at: PipelinePlace, configuration: Configuration) => {
  const executions = (noun: 'release' | 'rollout' | 'rollback') =>
    `arn:aws:states:${at.region}:${at.account}:execution:${names.machine(noun)}:*`;
  const repositories = Object.values(configuration.services).map(
    ({ repository }) => `arn:aws:ecr:${at.region}:${at.account}:repository/${repository}`,
  );
  const projects = Object.values(configuration.services).flatMap(({ gates }) =>
    gates.build === undefined
      ? []
      : [`arn:aws:codebuild:${at.region}:${at.account}:project/${gates.build.project}`],
  );
  const accounts = [
    ...new Set(Object.values(configuration.environments).map(({ account }) => account)),
  ];
  return {
    readImages: new PolicyStatement({
      actions: [
        'ecr:DescribeImages',
        'ecr:BatchGetImage',
        'ecr:DescribeImageScanFindings',
        'ecr:ListImages',
      ],
      resources: repositories,
    }),
    readLabels: new PolicyStatement({
      actions: ['ecr:GetDownloadUrlForLayer'],
      resources: repositories,
    }),
    // Inspector has no resource-level permissions for listing findings.
    readFindings: new PolicyStatement({ actions: ['inspector2:ListFindings'], resources: ['*'] }),
    readBuilds: new PolicyStatement({
      actions: ['codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject'],
      resources:
        projects.length > 0
          ? projects
          : [`arn:aws:codebuild:${at.region}:${at.account}:project/none`],
    }),
    readReports: new PolicyStatement({
      actions: ['codebuild:BatchGetReports'],
      resources: [`arn:aws:codebuild:${at.region}:${at.account}:report-group/*`],
    }),
    readExecutions: new PolicyStatement({
      actions: ['states:DescribeExecution'],
      resources: [executions('release'), executions('rollout'), executions('rollback')],
    }),
    startReleases: new PolicyStatement({
      actions: ['states:StartExecution'],
      resources: [machineArn(at, 'release')],
    }),
    startRollback: new PolicyStatement({
      actions: ['states:StartExecution'],
      resources: [machineArn(at, 'rollback')],
    }),
    stopRollouts: new PolicyStatement({
      actions: ['states:StopExecution'],
      resources: [executions('rollout')],
    }),
    tell: new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [`arn:aws:events:${at.region}:${at.account}:event-bus/${names.bus}`],
    }),
    takeTargets: new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: accounts.map((account) => `arn:aws:iam::${account}:role/slipway-*-target`),
    }),
    invokeOnTargets: new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: accounts.map((account) => `arn:aws:iam::${account}:role/slipway-*-invoke`),
    }),
    runRollouts: [
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [machineArn(at, 'rollout')],
      }),
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: [executions('rollout')],
      }),
      // Step Functions waits for a nested execution through a rule of its own with this fixed name.
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [
          `arn:aws:events:${at.region}:${at.account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
        ],
      }),
    ],
  };
};
