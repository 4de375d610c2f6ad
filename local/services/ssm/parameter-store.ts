import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
  readonly dataType: string;
}

interface PutInput {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: string;
  readonly Overwrite?: boolean;
  readonly DataType?: string;
  readonly AllowedPattern?: string;
}

const TYPES = ['String', 'StringList', 'SecureString'];

const validation = (message: string): AwsError => new AwsError('ValidationException', message);

/** Parameter Store of one account and Region. */
export class ParameterStore implements Service {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;
  readonly #place: Place;
  /** By name; versions from 1, oldest first. */
  readonly #parameters = new Map<string, Parameter[]>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.operations = {
      PutParameter: (input: PutInput) => this.put(input),
      GetParameter: ({ Name, WithDecryption }: { Name: string; WithDecryption?: boolean }) => {
        const parameter = this.#find(Name);
        if (parameter === undefined) throw this.#missing();
        return { Parameter: this.#view(parameter, Name, WithDecryption ?? false) };
      },
      GetParameters: ({ Names, WithDecryption }: { Names: string[]; WithDecryption?: boolean }) => {
        const found = Names.map((name) => ({ name, parameter: this.#find(name) }));
        return {
          Parameters: found.flatMap(({ name, parameter }) =>
            parameter ? [this.#view(parameter, name, WithDecryption ?? false)] : [],
          ),
          InvalidParameters: found.filter(({ parameter }) => !parameter).map(({ name }) => name),
        };
      },
      DeleteParameter: ({ Name }: { Name: string }) => {
        if (!this.remove(Name)) throw this.#missing();
        return {};
      },
    };
  }

  /** The newest version of a parameter, or the one that `name:version` asks for. */
  read(name: string): { readonly value: string; readonly type: string } | undefined {
    return this.#find(name);
  }

  put(input: PutInput): { Version: number; Tier: string } {
    const { Name: name, Value: value, Overwrite: overwrite } = input;
    if (input.AllowedPattern !== undefined)
      throw notImplemented('ssm', 'PutParameter.AllowedPattern');
    const versions = this.#parameters.get(name) ?? [];
    const newest = versions.at(-1);
    if (newest && !overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = input.Type ?? newest?.type;
    if (type === undefined || !TYPES.includes(type)) {
      throw validation(`A parameter type is required: one of ${TYPES.join(', ')}.`);
    }
    if (!/^[A-Za-z0-9_.\-/]{1,1011}$/.test(name)) {
      throw validation(
        `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive) and holds letters, numbers and _.-/ only, got ${name}`,
      );
    }
    const version = (newest?.version ?? 0) + 1;
    const modifiedAt = this.#cloud.clock.now();
    const dataType = input.DataType ?? 'text';
    this.#parameters.set(name, [...versions, { name, type, value, version, modifiedAt, dataType }]);
    return { Version: version, Tier: 'Standard' };
  }

  remove(name: string): boolean {
    return this.#parameters.delete(name);
  }

  arn(name: string): string {
    const { account, region } = this.#place;
    return `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
  }

  #missing(): AwsError {
    return new AwsError('ParameterNotFound', 'The parameter could not be found.');
  }

  #find(nameOrArn: string): Parameter | undefined {
    const [selector = '', version] = nameOrArn.replace(/^arn:[^/]*:parameter(?=\/)/, '').split(':');
    const versions = this.#parameters.get(selector) ?? this.#parameters.get(selector.slice(1));
    if (version === undefined) return versions?.at(-1);
    return versions?.find((one) => String(one.version) === version);
  }

  #view(parameter: Parameter, asked: string, decrypt: boolean) {
    const hidden = parameter.type === 'SecureString' && !decrypt;
    const selector = /:(\d+)$/.exec(asked)?.[0];
    return {
      Name: parameter.name,
      Type: parameter.type,
      Value: hidden ? Buffer.from(`kms:${parameter.value}`).toString('base64') : parameter.value,
      Version: parameter.version,
      ...(selector !== undefined && { Selector: selector }),
      LastModifiedDate: new Date(parameter.modifiedAt),
      ARN: this.arn(parameter.name),
      DataType: parameter.dataType,
    };
  }
}
