import type {
  CreateGroupRequest,
  GetGroupRequest,
  InsightsConfiguration,
  UpdateGroupRequest,
} from '@aws-sdk/client-xray';
import type { CloudContext, Place } from '../service.ts';
import { matches } from './filter-match.ts';
import { type Filter, parseFilter } from './filter-parser.ts';
import type { Trace } from './trace.ts';
import { invalidRequest, notDone } from './xray-error.ts';

interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  expression: string | undefined;
  filter: Filter | undefined;
  /** When the expression last changed; data from before was chosen by another one. */
  changedAt: number | undefined;
}

const NO_INSIGHTS = { InsightsEnabled: false, NotificationsEnabled: false };

const refuseInsights = (configuration: InsightsConfiguration | undefined): void => {
  if (configuration?.InsightsEnabled || configuration?.NotificationsEnabled) {
    throw notDone('insights of a group; leave InsightsConfiguration out');
  }
};

const view = ({ name, arn, expression }: GroupRecord) => ({
  GroupName: name,
  GroupARN: arn,
  ...(expression === undefined ? {} : { FilterExpression: expression }),
  InsightsConfiguration: NO_INSIGHTS,
});

/** The groups of one place. All traces are in the group Default, which is always there. */
export class Groups {
  readonly #groups = new Map<string, GroupRecord>();
  readonly #cloud: CloudContext;
  readonly #prefix: string;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#prefix = `arn:aws:xray:${place.region}:${place.account}:group`;
    this.#groups.set('Default', {
      name: 'Default',
      arn: `${this.#prefix}/Default`,
      expression: undefined,
      filter: undefined,
      changedAt: undefined,
    });
  }

  /** CreateGroup. */
  create(input: CreateGroupRequest) {
    const name = input.GroupName ?? '';
    if (name === '' || name.length > 32) {
      throw invalidRequest(`Group name ${name} must have 1 to 32 characters`);
    }
    if (this.#groups.has(name)) throw invalidRequest(`Group name ${name} already exists`);
    refuseInsights(input.InsightsConfiguration);
    const group: GroupRecord = {
      name,
      arn: `${this.#prefix}/${name}/${this.#cloud.token(52).toUpperCase()}`,
      expression: input.FilterExpression,
      filter: filterOf(input.FilterExpression),
      changedAt: undefined,
    };
    this.#groups.set(name, group);
    return view(group);
  }

  /** A group by its name or ARN. */
  get({ GroupName, GroupARN }: GetGroupRequest): GroupRecord {
    const group =
      GroupName === undefined
        ? [...this.#groups.values()].find(({ arn }) => arn === GroupARN)
        : this.#groups.get(GroupName);
    if (group) return group;
    throw invalidRequest(`Group ${GroupName ?? GroupARN} not found`);
  }

  /** A group as the API shows it. */
  describe(input: GetGroupRequest) {
    return view(this.get(input));
  }

  /** All groups as the API shows them. */
  list() {
    return [...this.#groups.values()].map(view);
  }

  /** UpdateGroup: the new expression applies to traces that come from now on. */
  update(input: UpdateGroupRequest) {
    const group = this.get(input);
    refuseInsights(input.InsightsConfiguration);
    if (input.FilterExpression !== undefined && input.FilterExpression !== group.expression) {
      group.filter = filterOf(input.FilterExpression);
      group.expression = input.FilterExpression;
      group.changedAt = this.#cloud.clock.now();
    }
    return view(group);
  }

  /** DeleteGroup. */
  remove(input: GetGroupRequest): void {
    const { name } = this.get(input);
    if (name === 'Default') throw invalidRequest('The default group can not be deleted');
    this.#groups.delete(name);
  }

  /** Puts a trace into the groups that it matches now; answers the names of those it was not in. */
  enlist(trace: Trace): string[] {
    const joined: string[] = [];
    for (const { name, arn, filter } of this.#groups.values()) {
      if (trace.groups.has(arn) || (filter && !matches(filter, trace))) continue;
      trace.groups.add(arn);
      joined.push(name);
    }
    return joined;
  }
}

const filterOf = (expression: string | undefined): Filter | undefined =>
  expression === undefined || expression.trim() === '' ? undefined : parseFilter(expression);
