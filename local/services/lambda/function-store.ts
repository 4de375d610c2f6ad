import type { Place } from '../service.ts';
import { checkEnvironment } from './function-environment.ts';
import type {
  FunctionAlias,
  FunctionCode,
  FunctionRecord,
  FunctionSettings,
  FunctionVersion,
} from './function-record.ts';
import { functionArn } from './function-reference.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import {
  checkRevision,
  invalidParameter,
  resourceConflict,
  resourceNotFound,
} from './lambda-errors.ts';

/** What an update takes before it is in force. */
const UPDATE_MS = [1_000, 2_000] as const;

const TIMEOUT_LIMIT = 900;

/** Refuses settings that Lambda refuses. */
const checkSettings = (settings: FunctionSettings): void => {
  const bad = (what: string, value: string | number, why: string): Error =>
    invalidParameter(
      `1 validation error detected: Value '${value}' at '${what}' failed to satisfy constraint: ${why}`,
    );
  const { timeout, memorySize, runtime, role } = settings;
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > TIMEOUT_LIMIT) {
    throw bad('timeout', timeout, `Member must have value between 1 and ${TIMEOUT_LIMIT}`);
  }
  if (!Number.isInteger(memorySize) || memorySize < 128 || memorySize > 10_240) {
    throw bad('memorySize', memorySize, 'Member must have value between 128 and 10240');
  }
  if (!/^nodejs\d+\.x$/.test(runtime)) {
    throw invalidParameter(
      `the local cloud runs Node.js functions only, got the runtime ${runtime}; give nodejs24.x`,
    );
  }
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(role)) {
    throw bad(
      'role',
      role,
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    );
  }
  checkEnvironment(settings.environment);
};

/** The functions of one account and Region, with their versions and aliases. */
export class FunctionStore {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #functions = new Map<string, FunctionRecord>();
  /** Survives the function: a number is never given twice, even after deleting and making it anew. */
  readonly #lastVersion = new Map<string, number>();

  constructor(cloud: LambdaCloud, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  all(): FunctionRecord[] {
    return [...this.#functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): FunctionRecord | undefined {
    return this.#functions.get(name);
  }

  get(name: string, qualifier?: string): FunctionRecord {
    const record = this.#functions.get(name);
    if (record === undefined) {
      throw resourceNotFound(`Function not found: ${functionArn(this.#place, name, qualifier)}`);
    }
    return record;
  }

  /** The version of a qualifier that is no alias. */
  version(record: FunctionRecord, version: string): FunctionVersion {
    const found = version === '$LATEST' ? record.latest : record.versions.get(version);
    if (found === undefined) {
      throw resourceNotFound(`Function not found: ${record.arn}:${version}`);
    }
    return found;
  }

  alias(record: FunctionRecord, name: string): FunctionAlias {
    const alias = record.aliases.get(name);
    if (alias === undefined) throw resourceNotFound(`Cannot find alias arn: ${record.arn}:${name}`);
    return alias;
  }

  /** Makes a function. `ready` for CloudFormation, which answers only when the function is active. */
  create(
    name: string,
    settings: FunctionSettings,
    code: FunctionCode,
    ready: boolean,
  ): FunctionRecord {
    if (this.#functions.has(name)) throw resourceConflict(`Function already exist: ${name}`);
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
      throw invalidParameter(
        `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64 and satisfy [a-zA-Z0-9-_]+`,
      );
    }
    checkSettings(settings);
    const latest = this.#latest(settings, code);
    const record: FunctionRecord = {
      name,
      arn: functionArn(this.#place, name),
      latest,
      serving: latest,
      state: ready ? 'Active' : 'Pending',
      lastUpdateStatus: ready ? 'Successful' : 'InProgress',
      versions: new Map(),
      aliases: new Map(),
      policies: new Map(),
      eventInvokeConfigs: new Map(),
      lastPublished: undefined,
      reservedConcurrency: undefined,
      running: 0,
      tags: {},
    };
    this.#functions.set(name, record);
    if (!ready) this.#settleLater(record);
    return record;
  }

  /** Changes settings or code; until it is in force, invocations run what was before. */
  update(
    record: FunctionRecord,
    change: { settings?: FunctionSettings; code?: FunctionCode },
    options: { revisionId?: string | undefined; ready: boolean },
  ): void {
    checkRevision(record.latest.revisionId, options.revisionId);
    this.refuseWhileUpdating(record);
    const settings = change.settings ?? record.latest.settings;
    checkSettings(settings);
    record.latest = this.#latest(settings, change.code ?? record.latest.code);
    if (options.ready) {
      record.serving = record.latest;
      return;
    }
    record.lastUpdateStatus = 'InProgress';
    this.#settleLater(record);
  }

  refuseWhileUpdating(record: FunctionRecord): void {
    if (record.state === 'Pending') {
      throw resourceConflict(
        `The operation cannot be performed at this time. The function is currently in the following state: Pending`,
      );
    }
    if (record.lastUpdateStatus === 'InProgress') {
      throw resourceConflict(
        `The operation cannot be performed at this time. An update is in progress for resource: ${record.arn}`,
      );
    }
  }

  /** Publishes `$LATEST`; answers the last version where nothing has changed since. */
  publish(
    record: FunctionRecord,
    options: {
      description?: string | undefined;
      codeSha256?: string | undefined;
      revisionId?: string | undefined;
    } = {},
  ): { version: FunctionVersion; isNew: boolean } {
    checkRevision(record.latest.revisionId, options.revisionId);
    const { settings, code } = record.latest;
    if (options.codeSha256 !== undefined && options.codeSha256 !== code.sha256) {
      throw invalidParameter(
        `CodeSHA256 (${options.codeSha256}) is different from current CodeSHA256 in $LATEST (${code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    this.refuseWhileUpdating(record);
    const fingerprint = JSON.stringify([settings, code.sha256]);
    const last = record.lastPublished;
    const unchanged =
      last?.fingerprint === fingerprint ? record.versions.get(last.version) : undefined;
    if (unchanged !== undefined) return { version: unchanged, isNew: false };
    const number = (this.#lastVersion.get(record.name) ?? 0) + 1;
    this.#lastVersion.set(record.name, number);
    const version: FunctionVersion = {
      ...record.latest,
      version: String(number),
      description: options.description ?? settings.description,
      revisionId: this.#cloud.uuid(),
      lastModified: this.#timestamp(),
    };
    record.versions.set(version.version, version);
    record.lastPublished = { version: version.version, fingerprint };
    return { version, isNew: true };
  }

  /** Deletes a function, or one of its versions. */
  remove(record: FunctionRecord, version?: string): void {
    if (version === undefined) {
      this.#functions.delete(record.name);
      return;
    }
    if (version === '$LATEST') {
      throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
    }
    if (!/^\d+$/.test(version)) {
      throw invalidParameter('Deletion of aliases is not currently supported.');
    }
    const users = [...record.aliases.values()].filter(
      (alias) =>
        alias.functionVersion === version || alias.additionalVersionWeights[version] !== undefined,
    );
    if (users.length > 0) {
      throw resourceConflict(
        `Version ${version} of function ${record.name} cannot be deleted: the aliases ${users.map((alias) => alias.name).join(', ')} refer to it`,
      );
    }
    record.versions.delete(version);
  }

  #latest(settings: FunctionSettings, code: FunctionCode): FunctionVersion {
    return {
      version: '$LATEST',
      settings,
      code,
      description: settings.description,
      revisionId: this.#cloud.uuid(),
      lastModified: this.#timestamp(),
    };
  }

  #settleLater(record: FunctionRecord): void {
    const { clock } = this.#cloud;
    const [least, most] = UPDATE_MS;
    clock.at(clock.now() + least + this.#cloud.random() * (most - least), () => {
      record.state = 'Active';
      record.lastUpdateStatus = 'Successful';
      record.serving = record.latest;
    });
  }

  #timestamp(): string {
    return new Date(this.#cloud.clock.now()).toISOString().replace('Z', '+0000');
  }
}
