/** What each key of the configuration means, in one line. */
export const MEANINGS: Readonly<Record<string, string>> = {
  regions: 'where targets run',
  'regions.primary': 'the Region that serves users, and in which the pipeline runs',
  'regions.standby': 'the Region of the second wave; needed where `waves` names it',
  'regions.witness': 'a third Region; nothing is placed there yet',
  pipeline: 'where the pipeline itself runs',
  'pipeline.account': 'its account: 12 digits',
  services: 'what is released, by name: 2 to 20 lower-case letters, digits and hyphens',
  'services.<name>.repository': 'the ECR repository whose pushes are released',
  'services.<name>.workload': 'what Slipway writes the manifests of; this or `manifests`',
  'services.<name>.workload.port': 'the port on which the container serves',
  'services.<name>.workload.replicas': 'how many pods serve',
  'services.<name>.workload.replicas.min': 'at least so many',
  'services.<name>.workload.replicas.max': 'at most so many, as the load asks; not less than `min`',
  'services.<name>.workload.readiness':
    'the path of the readiness probe and of the load balancer’s health checks',
  'services.<name>.workload.env': 'environment variables of the container',
  'services.<name>.manifests':
    'manifests of your own: a folder, or what follows ([manifests.md](manifests.md))',
  'services.<name>.manifests.path': 'the folder of rendered manifests, beside the configuration',
  'services.<name>.manifests.service':
    'the Service behind the load balancer, where several select the pods',
  'services.<name>.manifests.port': 'its port, by number or name, where it has several',
  'services.<name>.manifests.readiness':
    'the path of health checks, where no readiness probe asks the serving port',
  'services.<name>.manifests.configMaps':
    'ConfigMaps that the platform keeps: they do not go back with an image',
  'services.<name>.route': 'how users come to the service: rules on a listener of the platform',
  'services.<name>.route.hosts': 'host names; with paths at most 4',
  'services.<name>.route.paths': 'paths; empty: all',
  'services.<name>.route.listener': 'the listener on which the rules are put',
  'services.<name>.route.listener.importFrom': 'the CloudFormation export that names the listener',
  'services.<name>.route.priority': 'of the weighted rule; those beside it are Slipway’s as well',
  'services.<name>.gates': 'what an image must pass before its first environment',
  'services.<name>.gates.scan': 'Amazon Inspector’s findings',
  'services.<name>.gates.scan.failOn': 'the lowest severity that rejects an image',
  'services.<name>.gates.scan.epss':
    'a finding as likely to be exploited as this rejects it whatever its severity',
  'services.<name>.gates.scan.exceptions': 'findings that are let through, for a time',
  'services.<name>.gates.scan.exceptions[].cve': 'which, such as `CVE-2026-1234`',
  'services.<name>.gates.scan.exceptions[].owner': 'who answers for it',
  'services.<name>.gates.scan.exceptions[].reason': 'why',
  'services.<name>.gates.scan.exceptions[].expires':
    'the day on which it ends, such as `2027-01-31`',
  'services.<name>.gates.build': 'the CodeBuild run that must have made the image',
  'services.<name>.gates.build.project': 'its project',
  'services.<name>.gates.build.tests': 'its test reports must have passed',
  'services.<name>.gates.build.lineCoverage': 'its line coverage in percent must be at least this',
  'services.<name>.analysis': 'how a candidate is judged ([judge.md](judge.md))',
  'services.<name>.analysis.errorRate': 'the absolute ceiling',
  'services.<name>.analysis.errorRate.max':
    'the share of failed requests, more than 0, above which no candidate goes on',
  'services.<name>.analysis.latency': 'a limit on slow answers',
  'services.<name>.analysis.latency.p99Ms': 'at most 1 % of the answers may be slower',
  'services.<name>.analysis.minRequests': 'how many requests a step needs before it can pass',
  'services.<name>.analysis.alpha':
    'the highest chance of ever condemning a candidate that is no worse; more than 0',
  'services.<name>.analysis.patience':
    'how long a step may stay without evidence; left out: three times what `minRequests` take at the service’s own rate, 2 h to 24 h',
  'services.<name>.analysis.onInconclusive':
    'when patience ends: back, or a person is called and the candidate goes back after as long again',
  'services.<name>.analysis.unanswered':
    'whether a request without an answer is a failure; `false` for WebSocket upgrades',
  'services.<name>.analysis.errors':
    'a CloudWatch metric of failures that the load balancer does not see, as in gRPC',
  'services.<name>.analysis.errors.namespace': 'its namespace',
  'services.<name>.analysis.errors.metric': 'its name',
  'services.<name>.analysis.errors.dimensions':
    'its dimensions; `{color}` or `{targetGroup}` must stand in the name or in a value',
  'services.<name>.analysis.settle': 'the age at which a closed CloudWatch period is believed',
  'services.<name>.analysis.alarms':
    'alarms of your own that are watched too, by name, in the target’s account and Region; at most 20',
  'services.<name>.analysis.xray':
    'whether X-Ray traces explain a decision, or may condemn as well',
  'services.<name>.analysis.slos':
    'service level objectives whose error budget a rollout must not spend: names or ARNs, at most 20 ([signals.md](signals.md))',
  'services.<name>.analysis.probe':
    'synthetic requests while traffic shifts and bakes, for services with few users',
  'services.<name>.analysis.probe.path': 'the path that is asked',
  'services.<name>.analysis.probe.perMinute': 'how often, to each color',
  'services.<name>.dependencies':
    'what an alarm after the rollout may have its cause in, instead of in the release ([guard.md](guard.md))',
  'services.<name>.dependencies.services': 'services of this configuration, at most 20',
  'services.<name>.dependencies.alarms': 'alarms of anything else, at most 20',
  environments: 'where releases go, in the order of the promotion path, by name',
  'environments.<name>.account': 'its account: 12 digits',
  'environments.<name>.cluster': 'the name of its EKS cluster in each Region',
  'environments.<name>.namespace': 'the namespace in it; left out: the service’s name',
  'environments.<name>.strategy':
    'how traffic gets onto a release: a word, or an object with one of the three keys below ([strategies.md](strategies.md))',
  'environments.<name>.strategy.canary': 'a share, then all',
  'environments.<name>.strategy.canary.step': 'the share in percent',
  'environments.<name>.strategy.canary.every': 'how long it is kept: whole minutes',
  'environments.<name>.strategy.linear': 'equal shares',
  'environments.<name>.strategy.linear.step': 'each share in percent',
  'environments.<name>.strategy.linear.every': 'how long each is kept: whole minutes',
  'environments.<name>.strategy.steps': 'steps of your own, rising, at most 20; then all',
  'environments.<name>.strategy.steps[].to': 'the share in percent',
  'environments.<name>.strategy.steps[].hold': 'how long it is kept: whole minutes',
  'environments.<name>.shift':
    'who moves the release pointer’s alias: CodeDeploy, or the rollout itself',
  'environments.<name>.bake': 'how long all users stay on the candidate before it is believed',
  'environments.<name>.guard':
    "how long a finished rollout is watched, `'0s'` for not at all; or what follows ([guard.md](guard.md))",
  'environments.<name>.guard.for': 'how long',
  'environments.<name>.guard.rollsBackFor':
    'so long an alarm rolls back by itself, then it calls a person; at most as long as `for`',
  'environments.<name>.guard.correlated':
    'when alarms of several services have another cause than one release',
  'environments.<name>.guard.correlated.services': 'of so many services',
  'environments.<name>.guard.correlated.within': "within so long, at most `'1h'`",
  'environments.<name>.rollback': 'what is left of a candidate that was rolled back',
  'environments.<name>.rollback.keepPod':
    'one pod stays in its slot, without weight, to be looked at',
  'environments.<name>.traffic':
    '`none`: nobody sends requests here, so smoke tests and target health are the evidence',
  'environments.<name>.waves': 'the Regions in their order, one a wave',
};
